/// [MS-RDPBCGR] 2.2.17: authentication after a redirection that carried a certificate and an encrypted password.
package dev.rdptrace.wire.rdstls;
