// The text of Dovecot's configuration for one launch (Dovecot 2.3 settings).

export interface DovecotLayout {
  readonly folder: string;
  readonly imapPort: number;
  readonly imapsPort: number;
  readonly lmtpPort: number;
  readonly saslPort: number;
  readonly certFile: string;
  readonly keyFile: string;
  /** The rights the mail processes work with. */
  readonly uid: number;
  readonly gid: number;
  /** Names when Dovecot is started by an ordinary user, who can give up no rights; undefined as root. */
  readonly ordinary: { readonly user: string; readonly group: string } | undefined;
  readonly capability: string | undefined;
  readonly extra: string;
}

export function dovecotConfig(layout: DovecotLayout): string {
  return [general(layout), mailboxes(), services(layout), protocols(layout), rights(layout), layout.extra, ''].join('\n');
}

function general({ folder, certFile, keyFile, ordinary, uid }: DovecotLayout): string {
  // No waiting after a wrong password and no limit of connections: many tests share one address.
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
instance_name = ${folder.slice(folder.lastIndexOf('/') + 1)}
log_path = ${folder}/log/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
default_login_user = ${ordinary?.user ?? 'dovenull'}
default_internal_user = ${ordinary?.user ?? 'dovecot'}
default_internal_group = ${ordinary?.group ?? 'dovecot'}
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5
auth_failure_delay = 0
ssl = yes
ssl_cert = <${certFile}
ssl_key = <${keyFile}
ssl_dh =
first_valid_uid = ${Math.min(1000, uid)}
mail_location = maildir:~/Maildir
mail_plugins = $mail_plugins zlib notify mail_log
mail_fsync = never
mail_max_userip_connections = 1000
mailbox_list_index = yes
lda_mailbox_autocreate = yes
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%n ${folder}/users
}
userdb {
  driver = passwd-file
  args = username_format=%n ${folder}/users
}`;
}

function mailboxes(): string {
  const special = ['Drafts', 'Sent', 'Trash', 'Archive', 'Junk'].map(
    (name) => `  mailbox ${name} {\n    auto = subscribe\n    special_use = \\${name}\n  }`,
  );
  return `namespace inbox {\n  inbox = yes\n  separator = /\n${special.join('\n')}\n}`;
}

function services({ imapPort, imapsPort, lmtpPort, saslPort }: DovecotLayout): string {
  return `
service imap-login {
  service_count = 0
  inet_listener imap {
    port = ${imapPort}
  }
  inet_listener imaps {
    port = ${imapsPort}
    ssl = yes
  }
}
service imap {
  process_limit = 1024
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtpPort}
  }
}
service auth {
  inet_listener {
    address = 127.0.0.1
    port = ${saslPort}
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}`;
}

function protocols({ capability }: DovecotLayout): string {
  return `
protocol imap {
  mail_plugins = $mail_plugins imap_zlib
  imap_idle_notify_interval = 29 mins
  imap_hibernate_timeout = 0
  ${capability === undefined ? '' : `imap_capability = ${capability}`}
}
protocol lmtp {
  postmaster_address = postmaster@example.test
  recipient_delimiter = +
}`;
}

function rights({ ordinary }: DovecotLayout): string {
  if (ordinary === undefined) return '';
  return ['anvil', 'imap-login'].map((service) => `service ${service} {\n  chroot =\n}`).join('\n');
}
