// The two configuration files of one Postfix launch (Postfix 3.7 settings).
import type { Dovecot } from './dovecot.ts';

export function mainConfig({ folder, dovecot }: { readonly folder: string; readonly dovecot: Dovecot }): string {
  return `compatibility_level = 3.6
queue_directory = ${folder}/spool
data_directory = ${folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.test
mydomain = example.test
mydestination =
virtual_mailbox_domains = example.test
virtual_transport = lmtp:inet:127.0.0.1:${dovecot.lmtpPort}
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions =
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:${dovecot.saslPort}
smtpd_tls_cert_file = ${dovecot.certFile}
smtpd_tls_key_file = ${dovecot.keyFile}
smtpd_tls_security_level = may
# The outside does not exist: such mail is refused for good, in the words a sender gets back.
default_transport = error:no outside mail here
maillog_file = ${folder}/maillog
maillog_file_prefixes = ${folder}
alias_maps =
alias_database =
local_recipient_maps =
message_size_limit = 52428800
# No waiting after errors: many tests share one address.
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
`;
}

/** Services with the usual columns: type, private, unprivileged, chroot, wakeup, processes, command. Nothing is chrooted. */
export function masterConfig({ smtpPort, submissionPort }: { readonly smtpPort: number; readonly submissionPort: number }): string {
  const services = [
    `127.0.0.1:${smtpPort} inet n - n - - smtpd`,
    `127.0.0.1:${submissionPort} inet n - n - - smtpd`,
    '  -o smtpd_sasl_auth_enable=yes',
    '  -o smtpd_client_restrictions=permit_sasl_authenticated,reject',
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    ...['bounce', 'defer', 'trace'].map((name) => `${name} unix - - n - 0 bounce`),
    'verify unix - - n - 1 verify',
    'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap',
    ...['smtp', 'relay'].map((name) => `${name} unix - - n - - smtp`),
    ...['error', 'retry'].map((name) => `${name} unix - - n - - error`),
    'discard unix - - n - - discard',
    'lmtp unix - - n - - lmtp',
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
    'postlog unix-dgram n - n - 1 postlogd',
  ];
  return `${services.join('\n')}\n`;
}
