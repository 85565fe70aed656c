package dev.rdptrace.capture;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/// Files that this program makes. What is captured and what is said of it names people and their machines, so that nobody but the
/// owner may read what is new, and a link that somebody put where the file should stand leads nowhere.
///
/// A file that is there keeps its mode: whoever made it has decided.
public final class OwnFile {
    /// Links that are nobody's trap.
    private static final Pattern SYSTEMS = Pattern.compile("/dev/(stdout|stderr|fd/[0-9]+)|/proc/self/fd/[0-9]+");

    private OwnFile() {}

    /// Begins a file anew.
    public static OutputStream create(Path path) throws IOException {
        return open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
    }

    /// Goes on at the end of a file, or begins it.
    public static OutputStream append(Path path) throws IOException {
        return open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /// Begins a file that is not there yet.
    ///
    /// @throws java.nio.file.FileAlreadyExistsException when there is something of this name
    public static OutputStream createNew(Path path) throws IOException {
        return open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private static OutputStream open(Path path, OpenOption... how) throws IOException {
        if (SYSTEMS.matcher(path.toAbsolutePath().normalize().toString()).matches()) {
            return Files.newOutputStream(path, how);
        }
        if (Files.isSymbolicLink(path)) {
            throw new FileSystemException(path.toString(), null, "it is a symbolic link, which is not followed: name the file itself");
        }
        Set<OpenOption> options = new HashSet<>(Set.of(how));
        options.add(LinkOption.NOFOLLOW_LINKS);
        return Channels.newOutputStream(Files.newByteChannel(path, options, mode(path)));
    }

    private static FileAttribute<?>[] mode(Path path) {
        boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))}
                : new FileAttribute<?>[0];
    }
}
