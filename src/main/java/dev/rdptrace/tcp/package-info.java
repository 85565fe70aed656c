/// TCP as a passive observer sees it: which packets belong together, the bytes in order, and what the path did to them.
///
/// [Connections] finds the few connections worth following among all; a packet of any other costs a look-up and no
/// allocation. [Connection] follows one, [HalfStream] the segments of one direction of it, and [Reassembly] puts their bytes in
/// order. Upward it speaks through [StreamListener] only; it knows nothing of RDP beyond the test for a first payload that
/// [Connections] is handed.
package dev.rdptrace.tcp;
