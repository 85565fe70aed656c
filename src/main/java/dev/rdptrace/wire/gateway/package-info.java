/// [MS-TSGU] the Remote Desktop Gateway: its packets, its return codes, and the HTTP around them.
package dev.rdptrace.wire.gateway;
