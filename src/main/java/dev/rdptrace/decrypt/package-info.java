/// Opening TLS records with secrets that somebody has handed over: key logs, secrets embedded in captures, RSA keys.
///
/// A [TlsDecryptor] watches one connection and is given every record of it, in order. Keys may come before or after the
/// records they open. Wrong keys and damaged records are answers ([Decrypted.Failed]), not exceptions. No security
/// provider is registered: AES-GCM and ChaCha20 come from the JDK, the rest from the lightweight classes of Bouncy
/// Castle. Secrets are never shown: nothing here has a `toString` that prints them.
package dev.rdptrace.decrypt;
