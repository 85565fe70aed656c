/// T.124, generic conference control: the settings client and server exchange in the MCS connect PDUs.
package dev.rdptrace.wire.gcc;
