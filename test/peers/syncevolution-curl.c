/*
 * Preloaded into SyncEvolution 2.0.0 as Debian 12 builds it. There, CurlTransportAgent hands libcurl C++ closure
 * objects where plain function pointers belong, and the first POST crashes. The agent's own methods for both
 * directions are exported by libsyncevolution; here libcurl is given two small functions that call them.
 * A build without that fault keeps working: the result is the same.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>

/* Values of the stable libcurl interface (curl/curl.h). */
enum { OPTION_WRITE_FUNCTION = 20011, OPTION_READ_FUNCTION = 20012 };

/* size_t CurlTransportAgent::xxxxData(void *buffer, size_t length), "this" first as the C++ ABI passes it. */
typedef size_t (*agent_method)(void *agent, void *buffer, size_t length);
typedef int (*setopt_function)(void *handle, int option, ...);

static const char read_symbol[] = "_ZN7SyncEvo18CurlTransportAgent8readDataEPvm";
static const char write_symbol[] = "_ZN7SyncEvo18CurlTransportAgent9writeDataEPvm";

static agent_method find_method(const char *symbol) {
  return (agent_method)dlsym(RTLD_DEFAULT, symbol);
}

static size_t give_request(void *buffer, size_t size, size_t count, void *agent) {
  return find_method(read_symbol)(agent, buffer, size * count);
}

static size_t take_response(void *buffer, size_t size, size_t count, void *agent) {
  return find_method(write_symbol)(agent, buffer, size * count);
}

int curl_easy_setopt(void *handle, int option, ...) {
  static setopt_function next;
  if (next == NULL) next = (setopt_function)dlsym(RTLD_NEXT, "curl_easy_setopt");

  /* Every kind of argument (long, pointer, curl_off_t) is one machine word on 64-bit Linux. */
  va_list arguments;
  va_start(arguments, option);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);

  if (option == OPTION_READ_FUNCTION && find_method(read_symbol) != NULL) argument = (void *)give_request;
  if (option == OPTION_WRITE_FUNCTION && find_method(write_symbol) != NULL) argument = (void *)take_response;
  return next(handle, option, argument);
}
