package dev.rdptrace.capture;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/// Copies captures as pcapng with comments on frames, for reading in Wireshark.
///
/// One pcapng input is copied byte for byte but for the blocks that get a comment and the section lengths. Anything
/// else becomes one little-endian section: same packets, bytes, times and lengths. Every comment starts with
/// [#PREFIX]; one that is already there is not added again, so that a copy of a copy is the same. What
/// cannot carry a comment (custom blocks, journal entries) gets none. A damaged tail is left out.
public final class AnnotatedCopy {
    public static final String PREFIX = "rdptrace: ";
    public static final Wanted ALL = _ -> true;

    /// Which frames are copied.
    public interface Wanted {
        boolean has(Frame frame);
    }

    private final PcapngWriter writer;
    private final Comments comments;
    private final List<String> sectionComments;
    private final boolean stripSecrets;
    private final boolean whole;
    private boolean verbatim;
    private boolean begun;

    private AnnotatedCopy(PcapngWriter writer, Comments comments, String sectionComment, boolean stripSecrets, boolean whole) {
        this.stripSecrets = stripSecrets;
        this.whole = whole;
        this.writer = writer;
        this.comments = comments;
        this.sectionComments = sectionComment == null || sectionComment.isEmpty() ? List.of() : List.of(sectionComment);
    }

    /// The same; with `stripSecrets` the copy leaves the Decryption Secrets Blocks out.
    public static void write(List<String> inputs, OutputStream out, Comments comments, String sectionComment,
            boolean stripSecrets, Wanted wanted) throws IOException {
        if (inputs.contains("-")) {
            throw new CaptureException("-: standard input cannot be read again for the annotated copy; save it to a file first");
        }
        OutputStream buffered = new BufferedOutputStream(out, 64 << 10);
        AnnotatedCopy copy = new AnnotatedCopy(new PcapngWriter(buffered), comments, sectionComment, stripSecrets, wanted == ALL);
        try (MergedSource source = Captures.merge(inputs, InputStream.nullInputStream(), copy::opened)) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                if (wanted.has(frame)) {
                    copy.frame(source.reader(), frame);
                }
            }
        }
        buffered.flush();
    }

    private void opened(FormatReader reader, boolean single) throws IOException {
        verbatim = single && reader instanceof PcapngReader;
        if (verbatim) {
            reader.passed(this::passOn);
            return;
        }
        if (!begun) {
            writer.section(sectionComments);
            begun = true;
        }
        if (reader instanceof PcapngReader) {
            reader.passed(this::translate);
        } else {
            writer.describe(reader.ledger.at(reader.ledger.count() - 1));
        }
    }

    private void translate(int type, InputBuffer feed, int length, int firstInterface) throws IOException {
        if (!stripSecrets || type != PcapngReader.SECRETS) {
            writer.translate(type, feed, length, firstInterface);
        }
    }

    private void passOn(int type, InputBuffer feed, int length, int firstInterface) throws IOException {
        if (type == PcapngReader.SECTION) {
            boolean grows = !comments.isEmpty() || !begun && !sectionComments.isEmpty() || stripSecrets || !whole;
            writer.copySection(feed, length, begun ? List.of() : sectionComments, grows);
            begun = true;
        } else if (!stripSecrets || type != PcapngReader.SECRETS) {
            writer.copy(feed, length);
        }
    }

    private void frame(FormatReader reader, Frame frame) throws IOException {
        List<String> added = comments.on(frame.number());
        if (!(reader instanceof PcapngReader)) {
            writer.packet(frame, reader.ledger.at(frame.interfaceIndex()), added);
        } else if (verbatim) {
            writer.copyFrame(reader.feed, reader.held(), frame, added);
        } else {
            writer.translateFrame(reader.feed, reader.held(), frame, added);
        }
    }
}
