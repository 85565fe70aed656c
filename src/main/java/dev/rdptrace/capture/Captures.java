package dev.rdptrace.capture;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.bytes.Identity;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.regex.PatternSyntaxException;

/// Opens capture files, folders of them, and pipes.
public final class Captures {
    private static final int MAX_FILES = 100_000;

    private Captures() {}

    /// Opens one or several inputs as one capture.
    ///
    /// `-` is `stdin`. A folder, or a pattern with `*`, `?`, `[` or `{`, stands for the capture files in it in the order of
    /// their first frames;
    /// other files beside them are passed over. Several inputs are merged by time: the earliest frame is next, at equal
    /// times that of the earlier input, a frame without a time comes at once. Frames are numbered in that order.
    ///
    /// @throws CaptureException when an input is missing, empty or no capture
    public static PacketSource open(List<String> paths, InputStream stdin) throws IOException {
        return merge(paths, stdin, (_, _) -> {});
    }

    /// Opens files that lie elsewhere than their names say, as copies of remote ones do: by name.
    ///
    /// @throws CaptureException when a file is missing, empty or no capture
    public static PacketSource open(SequencedMap<String, Path> named) throws IOException {
        List<Input> inputs = new ArrayList<>();
        named.forEach((name, path) -> inputs.add(Input.file(name, path)));
        return new MergedSource(inputs, new CaptureNotes(), (_, _) -> {});
    }

    static MergedSource merge(List<String> paths, InputStream stdin, MergedSource.Opened listener) throws IOException {
        CaptureNotes ledger = new CaptureNotes();
        List<Input> inputs = new ArrayList<>();
        boolean piped = false;
        for (String path : paths) {
            if (path.equals("-")) {
                if (piped) {
                    throw new CaptureException("-: standard input can be read only once");
                }
                piped = true;
                inputs.add(Input.stdin(stdin));
            } else {
                expand(path, inputs, ledger);
            }
            if (inputs.size() > MAX_FILES) {
                throw new CaptureException(path + ": more than " + MAX_FILES + " files");
            }
        }
        if (inputs.isEmpty()) {
            throw new CaptureException("no capture file was named");
        }
        return new MergedSource(inputs, ledger, listener);
    }

    private static void expand(String name, List<Input> inputs, CaptureNotes ledger) throws IOException {
        Path path;
        try {
            path = Path.of(name);
        } catch (InvalidPathException e) {
            path = null;
        }
        if (path != null && Files.isDirectory(path)) {
            members(name, path, "*", inputs, ledger);
        } else if (path != null && Files.exists(path) || !isPattern(name)) {
            if (path == null) {
                throw new CaptureException(name + ": is not a path");
            }
            inputs.add(Input.file(name, path));
        } else {
            int slash = Math.max(name.lastIndexOf('/'), java.io.File.separatorChar == '\\' ? name.lastIndexOf('\\') : -1);
            String folder = slash < 0 ? "." : slash == 0 ? "/" : name.substring(0, slash);
            Path parent;
            try {
                parent = Path.of(folder);
            } catch (InvalidPathException e) {
                throw new CaptureException(name + ": a pattern is understood in the last part of a path only");
            }
            if (!Files.isDirectory(parent)) {
                throw new CaptureException(name + ": there is no folder " + folder);
            }
            members(name, parent, name.substring(slash + 1), inputs, ledger);
        }
    }

    private static boolean isPattern(String name) {
        return name.indexOf('*') >= 0 || name.indexOf('?') >= 0 || name.indexOf('[') >= 0 || name.indexOf('{') >= 0;
    }

    private record Member(Input input, long firstNanos) {}

    private static void members(String name, Path folder, String pattern, List<Input> inputs, CaptureNotes ledger) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder, pattern)) {
            for (Path path : paths) {
                if (Files.isRegularFile(path)) {
                    found.add(path);
                }
            }
        } catch (PatternSyntaxException e) {
            throw new CaptureException(name + ": is not a pattern (" + e.getDescription() + ")");
        } catch (DirectoryIteratorException e) {
            throw new CaptureException(name + ": cannot be listed (" + Errors.message(Objects.requireNonNull(e.getCause())) + ")");
        } catch (IOException e) {
            throw new CaptureException(name + ": cannot be listed (" + Errors.message(e) + ")");
        }
        found.sort(null);
        List<Member> members = new ArrayList<>();
        for (Path path : found) {
            String shown = !name.contains("/") && folder.toString().equals(".") ? path.getFileName().toString() : path.toString();
            Input input = Input.file(shown, path);
            try {
                members.add(new Member(input, MergedSource.firstNanos(input)));
            } catch (CaptureException e) {
                ledger.note("passed over " + Errors.message(e).replace(shown, Identity.CAPTURE.of(shown)));
            }
        }
        if (members.isEmpty()) {
            throw new CaptureException(name + ": there is no capture file in it");
        }
        members.sort((a, b) -> Long.compare(a.firstNanos, b.firstNanos));
        for (Member member : members) {
            inputs.add(member.input);
        }
    }
}
