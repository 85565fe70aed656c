package dev.rdptrace.capture;

/// One captured frame: a window over bytes that belong to the [PacketSource] and are valid until its next frame.
///
/// One instance is reused for a whole capture, so reading costs no allocation.
public final class Frame {
    /// [#nanos] of a block that carries no time stamp.
    public static final long NO_TIME = Long.MIN_VALUE;

    private byte[] bytes = new byte[0];
    private int offset;
    private int length;
    private int wireLength;
    private long number;
    private long nanos;
    private int linkType;
    private int interfaceIndex;

    /// Moves the window.
    ///
    /// @param length bytes captured, from `offset`
    /// @param wireLength bytes the frame had on the wire
    /// @param number Wireshark's frame number, from 1
    /// @param nanos since 1970-01-01 UTC, or [#NO_TIME]
    /// @param linkType LINKTYPE_ number of the interface
    /// @param interfaceIndex which interface of the whole input, from 0
    public void set(byte[] bytes, int offset, int length, int wireLength, long number, long nanos, int linkType, int interfaceIndex) {
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
        this.wireLength = wireLength;
        this.number = number;
        this.nanos = nanos;
        this.linkType = linkType;
        this.interfaceIndex = interfaceIndex;
    }

    public byte[] bytes() {
        return bytes;
    }

    public int offset() {
        return offset;
    }

    public int length() {
        return length;
    }

    public int wireLength() {
        return wireLength;
    }

    public long number() {
        return number;
    }

    public long nanos() {
        return nanos;
    }

    public int linkType() {
        return linkType;
    }

    public int interfaceIndex() {
        return interfaceIndex;
    }
}
