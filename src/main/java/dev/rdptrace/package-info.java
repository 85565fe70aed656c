/// Finds where an RDP handshake broke, and who broke it. Start reading at [Analyzer].
package dev.rdptrace;
