package dev.rdptrace.capture;

import dev.rdptrace.bytes.Errors;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One file or pipe as the user named it, and how to open it.
final class Input {
    private static final int BUFFER = 128 << 10;
    private static final int SNOOP = 0x736e6f6f;
    private static final int SNOOP_REST = 0x70000000;
    private static final int SMALL_BUFFER = 64 << 10;
    private static final int BZIP2 = 0x425a68;
    private static final int ZIP = 0x504b0304;
    private static final int SEVEN_ZIP = 0x377abcaf;
    private static final int RAR = 0x52617221;
    private static final int TAR_AT = 257;
    private static final int TAR = 0x75737461; // "usta"

    private final String name;
    private final @Nullable Path path;
    private final InputStream stdin;
    private String suffix = "";
    private long size = -1;
    private @Nullable FileChannel opened;

    private Input(String name, @Nullable Path path, InputStream stdin) {
        this.name = name;
        this.path = path;
        this.stdin = stdin;
    }

    static Input file(String name, Path path) {
        return new Input(name, path, InputStream.nullInputStream());
    }

    static Input stdin(InputStream stdin) {
        return new Input("-", null, stdin);
    }

    String name() {
        return name;
    }

    /// `.gz` where it is compressed.
    String suffix() {
        return suffix;
    }

    /// Bytes of the file, or -1.
    long size() {
        return size;
    }

    /// Bytes that have been taken from the file, which may be ahead of what has been looked at.
    long taken() {
        try {
            return opened == null ? 0 : opened.position();
        } catch (IOException closed) {
            return size;
        }
    }

    /// Can it be opened again, or is it a pipe?
    boolean reopens() {
        return path != null && Files.isRegularFile(path);
    }

    /// Can its bytes be read from any offset, as they come to the format's reader?
    boolean rereads() {
        return reopens() && suffix.isEmpty();
    }

    /// A second stream that begins at `offset`.
    InputStream from(long offset) throws IOException {
        InputStream second = new FileInputStream(Objects.requireNonNull(path, "a pipe").toFile());
        try {
            second.skipNBytes(offset);
            return second;
        } catch (IOException e) {
            second.close();
            throw e;
        }
    }

    /// @param small one of many that are open at once
    FormatReader open(CaptureNotes ledger, boolean small) throws IOException {
        InputStream raw = raw();
        try {
            return read(raw, small ? SMALL_BUFFER : BUFFER, ledger);
        } catch (Damage damage) {
            raw.close();
            throw new CaptureException(name + ": " + Errors.message(damage));
        } catch (IOException | RuntimeException | Error e) {
            raw.close();
            throw e;
        }
    }

    private InputStream raw() throws IOException {
        if (path == null) {
            return new InputStream() {
                @Override
                public int read() throws IOException {
                    return stdin.read();
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    return stdin.read(bytes, offset, length);
                }
            };
        }
        if (!Files.exists(path)) {
            throw new CaptureException(name + ": there is no such file");
        }
        if (Files.isDirectory(path)) {
            throw new CaptureException(name + ": is a folder");
        }
        if (name.toLowerCase(Locale.ROOT).endsWith(".etl")) {
            String stem = name.substring(0, name.length() - 4);
            throw new CaptureException(name + ": is a Windows trace; convert it first: pktmon etl2pcap " + name + " --out " + stem
                    + ".pcapng");
        }
        if (!Files.isReadable(path)) {
            throw new CaptureException(name + ": there is no permission to read it");
        }
        try {
            if (reopens()) {
                size = Files.size(path);
            }
            FileInputStream file = new FileInputStream(path.toFile());
            opened = file.getChannel();
            return file;
        } catch (IOException e) {
            throw new CaptureException(name + ": cannot be read (" + Errors.message(e) + ")");
        }
    }

    private FormatReader read(InputStream raw, int capacity, CaptureNotes ledger) throws IOException {
        InputBuffer feed = new InputBuffer(raw, capacity);
        if (!feed.has(1)) {
            throw new CaptureException(name + ": is empty, not even a file header was written");
        }
        if (feed.has(4)) {
            feed.bigEndian(true);
            suffix = Compressed.suffix(feed.i32(0));
            if (!suffix.isEmpty()) {
                InputStream unpacked = Compressed.open(feed.copy(0, feed.available()), raw, suffix);
                feed = new InputBuffer(capacity == BUFFER ? new ReadAhead(unpacked) : unpacked, capacity);
            }
        }
        try {
            return read(feed, ledger);
        } catch (IOException | RuntimeException | Error e) {
            feed.close();
            throw e;
        }
    }

    private FormatReader read(InputBuffer feed, CaptureNotes ledger) throws IOException {
        if (!suffix.isEmpty() && !feed.has(1)) {
            throw new CaptureException(name + ": there is nothing in it but an empty " + suffix.substring(1) + " shell");
        }
        if (!feed.has(12)) {
            throw new CaptureException(name + ": is too short to be a capture, " + feed.available() + " bytes");
        }
        feed.bigEndian(true);
        int magic = feed.i32(0);
        if (PcapReader.recognises(magic)) {
            return new PcapReader(this, feed, ledger);
        }
        if (magic == PcapngReader.SECTION) {
            return new PcapngReader(this, feed, ledger);
        }
        if (magic == SNOOP && feed.i32(4) == SNOOP_REST) {
            return new SnoopReader(this, feed, ledger);
        }
        if (NetMonReader.recognises(magic)) {
            return new NetMonReader(this, feed, ledger);
        }
        String packer = packer(feed, magic);
        if (!packer.isEmpty()) {
            throw new CaptureException(name + ": is " + packer + ", unpack it first");
        }
        throw new CaptureException(name + ": is not a capture file that is known here, it starts with "
                + HexFormat.ofDelimiter(" ").formatHex(feed.copy(0, 8)));
    }

    /// What holds other files, or packs them in a way that is not read here; empty for anything else.
    private static String packer(InputBuffer feed, int magic) throws IOException {
        if (magic >>> 8 == BZIP2) {
            return "packed with bzip2";
        }
        if (magic == ZIP) {
            return "a zip archive";
        }
        if (magic == SEVEN_ZIP) {
            return "a 7-Zip archive";
        }
        if (magic == RAR) {
            return "a RAR archive";
        }
        return feed.has(TAR_AT + 4) && feed.i32(TAR_AT) == TAR ? "a tar archive" : "";
    }
}
