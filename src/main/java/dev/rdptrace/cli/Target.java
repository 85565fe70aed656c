package dev.rdptrace.cli;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.capture.OwnFile;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// A file that the user asked for. It is written under another name beside it and moved when it is whole, so that nobody
/// ever finds half of it, or none where there was one. Only its owner
/// can read it, unless there was a file before, whose mode it takes.
final class Target {
    private static final int TRIES = 100;
    private static final long MOMENT_MILLIS = 60_000;

    private Target() {}

    /// Fills a stream.
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /// Looks at a file before anybody else can.
    interface Check {
        void of(Path written) throws IOException;
    }

    /// A capture is evidence; it is never written over.
    ///
    /// @param option names `path`
    static void spare(List<String> inputs, String option, Path path) {
        for (String input : inputs) {
            try {
                if (!input.equals(Inputs.STDIN) && Files.exists(path) && Files.isSameFile(Path.of(input), path)) {
                    throw new Failure(Exit.USAGE, option + " would write over the input " + input);
                }
            } catch (IOException unknown) {
                // who reads or writes it says what is wrong
            }
        }
    }

    /// For what cannot be had again once it is there to be written.
    static void expectWritable(Path path) {
        Path folder = path.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder) || Files.isDirectory(path)) {
            throw new Failure(Exit.USAGE, "cannot write " + path + ": " + (folder == null || Files.isDirectory(path) ? "is a folder"
                    : Files.isDirectory(folder) ? "permission denied" : "there is no such folder"));
        }
    }

    /// @throws Failure when the file cannot be written
    static void write(Path path, Content content) throws IOException {
        write(path, content, _ -> {});
    }

    /// The same of a file that must also pass `check`.
    static void write(Path path, Content content, Check check) throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            direct(path, content);
            return;
        }
        Path part = null;
        try {
            // What a link points to is what is written.
            Path real = Files.isSymbolicLink(path) && Files.exists(path) ? path.toRealPath() : path;
            part = beside(real);
            try (FileChannel file = FileChannel.open(part, StandardOpenOption.WRITE)) {
                lock(file);
                try (OutputStream out = named(Channels.newOutputStream(file), path.toString())) {
                    content.writeTo(out);
                }
            }
            check.of(part);
            move(part, real);
            part = null;
        } catch (java.nio.file.FileSystemException unwritable) {
            throw cannot(path.toString(), unwritable);
        } finally {
            if (part != null) {
                Files.deleteIfExists(part);
            }
        }
    }

    /// A pipe or a device.
    private static void direct(Path path, Content content) throws IOException {
        if (Files.isDirectory(path)) {
            throw new Failure(Exit.USAGE, "cannot write " + path + ": is a folder");
        }
        try (OutputStream out = named(Files.newOutputStream(path), path.toString())) {
            content.writeTo(out);
        }
    }

    /// While something is written something else is read; who says only `No space left on device` does not say which of them it was.
    static OutputStream named(OutputStream out, String name) {
        return new FilterOutputStream(out) {
            @Override
            public void write(int one) {
                attempt(() -> out.write(one));
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                attempt(() -> out.write(bytes, offset, length));
            }

            @Override
            public void flush() {
                attempt(out::flush);
            }

            @Override
            public void close() {
                attempt(out::close);
            }

            private void attempt(Writing writing) {
                try {
                    writing.write();
                } catch (IOException unwritable) {
                    throw cannot(name, unwritable);
                }
            }
        };
    }

    private interface Writing {
        void write() throws IOException;
    }

    private static Path beside(Path path) throws IOException {
        String name = String.valueOf(path.getFileName());
        for (int i = 0;; i++) {
            Path part = path.resolveSibling("." + name + ".part" + i);
            try {
                OwnFile.createNew(part).close();
                return part;
            } catch (java.nio.file.FileAlreadyExistsException taken) {
                if (isAbandoned(part)) {
                    Files.deleteIfExists(part);
                    i--;
                } else if (i == TRIES) {
                    throw taken;
                }
            }
        }
    }

    /// Until it is closed, or the process is killed.
    private static void lock(FileChannel file) {
        try {
            file.tryLock();
        } catch (IOException unsupported) {
            // Not every file system has locks; on those nothing counts as abandoned.
        }
    }

    /// Whoever wrote it was killed: he held a lock on it, and more than a moment has passed since he made it.
    private static boolean isAbandoned(Path part) {
        try (FileChannel file = FileChannel.open(part, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock lock = file.tryLock()) {
            return lock != null && System.currentTimeMillis() - Files.getLastModifiedTime(part).toMillis() > MOMENT_MILLIS;
        } catch (IOException | OverlappingFileLockException held) {
            return false;
        }
    }

    private static void move(Path part, Path path) throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isWritable(path)) {
            throw new java.nio.file.AccessDeniedException(path.toString());
        }
        if (Files.exists(path) && path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(part, Files.getPosixFilePermissions(path));
        }
        try {
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException plain) {
            Files.move(part, path, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /// A `head` that has seen enough is no reason for a message; a full disk is.
    static Failure cannot(String name, IOException why) {
        boolean readerLeft = Errors.message(why).contains("pipe");
        return readerLeft ? new Failure(Exit.PIPE_CLOSED, "") : new Failure(Exit.USAGE, "cannot write " + name + ": " + reason(why));
    }

    /// Why a file cannot be written, for people.
    static String reason(IOException why) {
        return switch (why) {
            case java.nio.file.NoSuchFileException _ -> "there is no such folder";
            case java.nio.file.AccessDeniedException _ -> "permission denied";
            case java.nio.file.FileSystemException other when other.getReason() != null -> other.getReason();
            default -> Errors.message(why);
        };
    }
}
