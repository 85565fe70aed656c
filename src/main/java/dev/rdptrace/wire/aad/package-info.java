/// [MS-RDPBCGR] 2.2.18: authentication with a token of Microsoft Entra ID, in three JSON messages.
package dev.rdptrace.wire.aad;
