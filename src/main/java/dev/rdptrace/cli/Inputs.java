package dev.rdptrace.cli;

import dev.rdptrace.Analyzer;
import dev.rdptrace.FileGroups;
import dev.rdptrace.bytes.Errors;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.evidence.Evidence;
import dev.rdptrace.report.Report;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// From what the user typed to files: folders and globs expanded, everything there is to open opened to nobody's surprise.
final class Inputs {
    /// Standard input.
    static final String STDIN = "-";

    /// What Java makes of bytes in a name that are no character.
    private static final char UNREADABLE = '\ufffd';
    /// A folder may be the root of a disk.
    private static final int MOST_FILES = 10_000;
    private static final int DEEPEST = 16;

    private Inputs() {}

    /// Files in the order typed, those of a folder or glob by name.
    ///
    /// @throws Failure when something is not there or cannot be read
    static List<String> expand(List<String> typed) {
        List<String> inputs = new ArrayList<>();
        for (String one : typed) {
            if (one.equals(STDIN)) {
                inputs.add(STDIN);
            } else {
                for (Path file : files(one)) {
                    inputs.add(file.toString());
                }
            }
        }
        if (inputs.stream().filter(STDIN::equals).count() > 1) {
            throw new Failure(Exit.USAGE, "standard input can be read only once");
        }
        return List.copyOf(inputs);
    }

    /// The one file that is meant.
    ///
    /// @throws Failure when it is not there or cannot be read
    static Path file(Path path) {
        if (Files.isDirectory(path)) {
            throw unreadable(path, "is a folder");
        }
        if (!Files.isReadable(path)) {
            throw unreadable(path, Files.exists(path) ? "permission denied" : "no such file"
                    + (path.toString().indexOf(UNREADABLE) < 0 ? ""
                            : "; a name that is not UTF-8 cannot be opened: rename it, or rdptrace - < FILE"));
        }
        return path;
    }

    /// What tells others whether they have the same file.
    static String sha256(Path file) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
                in.transferTo(OutputStream.nullOutputStream());
            }
            return Hex.of(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has it", impossible);
        }
    }

    /// What the files of a report show beside it, the other captures' digests too.
    ///
    /// @param opening to look at packets, `null` where they can be read only once or nobody wants to
    static Evidence evidence(Report report, Analyzer.@Nullable Opening opening, List<Path> others, BooleanSupplier stop)
            throws IOException {
        Map<String, String> digests = new HashMap<>();
        Stream<Path> paths = Stream.concat(report.capture().files().stream().map(file -> Path.of(file.path())), others.stream());
        for (Path path : paths.filter(Files::isRegularFile).toList()) {
            digests.put(path.toString(), sha256(path));
        }
        if (opening == null || stop.getAsBoolean()) {
            return Evidence.NONE.withDigests(digests);
        }
        try (PacketSource source = opening.open()) {
            return Evidence.read(report.incidents(), source, stop).withDigests(digests);
        }
    }

    private static List<Path> files(String typed) {
        try {
            Path path = path(typed);
            if (path != null && Files.isDirectory(path)) {
                return inFolder(path);
            }
            if ((path == null || !Files.exists(path)) && typed.matches(".*[*?\\[{].*")) {
                return matching(typed);
            }
            return List.of(file(Path.of(typed)));
        } catch (PatternSyntaxException noPattern) {
            throw new Failure(Exit.INPUT_UNREADABLE, "cannot read " + typed + ": no such file");
        } catch (IOException | UncheckedIOException | InvalidPathException unreadable) {
            throw new Failure(Exit.INPUT_UNREADABLE, "cannot read " + typed + ": " + Errors.message(unreadable));
        }
    }

    /// `null` where a name cannot be a path, as `*.pcap` on Windows.
    private static @Nullable Path path(String typed) {
        try {
            return Path.of(typed);
        } catch (InvalidPathException glob) {
            return null;
        }
    }

    private static List<Path> inFolder(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder, DEEPEST)) {
            List<Path> captures = all.filter(Inputs::isCapture).limit(MOST_FILES).sorted().toList();
            if (captures.isEmpty()) {
                throw unreadable(folder, "holds no capture files");
            }
            return captures;
        }
    }

    private static boolean isCapture(Path file) {
        return FileGroups.isCapture(String.valueOf(file.getFileName())) && Files.isRegularFile(file);
    }

    /// A glob in the last part of a path, for shells that leave it to us.
    private static List<Path> matching(String glob) throws IOException {
        int slash = Math.max(glob.lastIndexOf('/'), glob.lastIndexOf(FileSystems.getDefault().getSeparator()));
        Path folder = Path.of(slash < 0 ? "." : glob.substring(0, slash + 1));
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, glob.substring(slash + 1))) {
            for (Path file : all) {
                if (Files.isRegularFile(file)) {
                    files.add(slash < 0 ? file.getFileName() : file);
                }
            }
        }
        if (files.isEmpty()) {
            throw new Failure(Exit.INPUT_UNREADABLE, "no file matches " + glob);
        }
        return files.stream().sorted().toList();
    }

    private static Failure unreadable(Path path, String why) {
        return new Failure(Exit.INPUT_UNREADABLE, "cannot read " + path + ": " + why);
    }
}
