/// [MS-RDPELE] and [MS-RDPBCGR] 2.2.1.12: licensing, which can end a connection after everything else has worked.
package dev.rdptrace.wire.license;
