/// Capture files and pipes: frames in, frames out, nothing above the frame.
///
/// A [PacketSource] moves one reused [Frame] over the frames of a file, a pipe, or several files in time order. Numbers
/// are those that Wireshark shows. Nothing here knows a protocol; a damaged file ends early and says so in its
/// [CaptureFacts], it does not throw.
package dev.rdptrace.capture;
