/// [MS-CSSP] network level authentication: TSRequest and the SPNEGO, NTLM and Kerberos tokens in it, and the early user
/// authorization result behind it. No password, response or key is ever kept.
package dev.rdptrace.wire.credssp;
