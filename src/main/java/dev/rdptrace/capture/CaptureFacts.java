package dev.rdptrace.capture;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a capture says about itself.
///
/// @param files in the order read
/// @param interfaces of all files and sections, indexed by [Frame#interfaceIndex]
/// @param secrets bodies of the Decryption Secrets Blocks of type TLS Key Log
/// @param names addresses and names from Name Resolution Blocks
/// @param notes what was odd but did not end the reading, in plain words (a time that ran backwards)
public record CaptureFacts(List<FileFacts> files, List<InterfaceFacts> interfaces, List<byte[]> secrets, List<Name> names,
        List<String> notes) implements Serializable {

    /// @param path as the user gave it, or `-`
    /// @param format `pcap`, `pcap-ns`, `pcapng`, `snoop`, … with the compression as a suffix: `pcapng.gz`
    /// @param packets frames delivered
    /// @param bytes of the file read, compressed size where it was compressed; -1 unknown
    /// @param firstNanos time of the earliest frame, or [Frame#NO_TIME]
    /// @param lastNanos time of the latest frame, or [Frame#NO_TIME]
    /// @param truncated why reading ended early, or `null`
    public record FileFacts(String path, String format, long packets, long bytes, long firstNanos, long lastNanos,
            @Nullable String truncated) implements Serializable {}

    /// @param linkType LINKTYPE_ number
    /// @param name `if_name`, or empty
    /// @param snapLength bytes, 0 for no limit
    /// @param filter capture filter, or empty
    /// @param received frames received by the interface as its statistics say, -1 unknown
    /// @param dropped frames dropped by the interface and the kernel as its statistics say, -1 unknown
    /// @param file that it was recorded in, empty where it is read live
    /// @param section of that file, from 0
    public record InterfaceFacts(int linkType, String name, int snapLength, String filter, long received, long dropped, String file,
            int section) implements Serializable {

        public InterfaceFacts(int linkType, String name, int snapLength, String filter, long received, long dropped) {
            this(linkType, name, snapLength, filter, received, dropped, "", 0);
        }
    }

    /// @param address dotted or colon form
    public record Name(String address, String name) implements Serializable {}
}
