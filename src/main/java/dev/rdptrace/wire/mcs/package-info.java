/// T.125, the multipoint communication service: domain PDUs inside X.224 data.
package dev.rdptrace.wire.mcs;
