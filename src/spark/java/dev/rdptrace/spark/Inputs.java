package dev.rdptrace.spark;

import dev.rdptrace.FileGroups;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;

/// Files on disks that every machine sees under the same name, and behind the URIs that Hadoop knows (`hdfs:`, `s3a:`, `abfs:` …).
final class Inputs {
    private static final Pattern URI_SCHEME = Pattern.compile("[a-z][a-z0-9+.-]+://?.*");

    private Inputs() {}

    /// A file and its size in bytes.
    record Listed(String path, long bytes) {}

    /// Files as they are named, and the capture files of folders, by name.
    static List<Listed> list(List<String> inputs, Configuration configuration) throws IOException {
        List<Listed> all = new ArrayList<>();
        for (String input : inputs) {
            int before = all.size();
            if (isRemote(input)) {
                remote(input, configuration, all);
            } else {
                local(Path.of(input), all);
            }
            all.subList(before, all.size()).sort((a, b) -> a.path.compareTo(b.path));
        }
        return all.stream().distinct().toList();
    }

    private static boolean isRemote(String path) {
        return URI_SCHEME.matcher(path).matches();
    }

    private static void local(Path path, List<Listed> all) throws IOException {
        if (!Files.isDirectory(path)) {
            if (!Files.exists(path)) {
                throw new FileNotFoundException(path + ": there is no such file or folder");
            }
            all.add(new Listed(path.toString(), Files.size(path)));
            return;
        }
        try (Stream<Path> below = Files.walk(path)) {
            for (Path file : below.filter(Files::isRegularFile).toList()) {
                if (FileGroups.isCapture(String.valueOf(file.getFileName()))) {
                    all.add(new Listed(file.toString(), Files.size(file)));
                }
            }
        }
    }

    private static void remote(String input, Configuration configuration, List<Listed> all) throws IOException {
        var path = new org.apache.hadoop.fs.Path(input);
        FileSystem files = FileSystem.get(URI.create(input), configuration);
        boolean folder = files.getFileStatus(path).isDirectory();
        RemoteIterator<LocatedFileStatus> below = files.listFiles(path, true);
        while (below.hasNext()) {
            LocatedFileStatus file = below.next();
            if (!folder || FileGroups.isCapture(file.getPath().getName())) {
                all.add(new Listed(file.getPath().toString(), file.getLen()));
            }
        }
    }

    /// A file where it can be read: itself, or a copy of a remote one that goes when it is closed.
    static final class Near implements Closeable {
        private final Path path;
        private final boolean copied;

        Near(String file, Configuration configuration) throws IOException {
            copied = isRemote(file);
            if (!copied) {
                path = Path.of(file);
                return;
            }
            var from = new org.apache.hadoop.fs.Path(file);
            path = Files.createTempFile("rdptrace-", "-" + from.getName());
            try (var in = FileSystem.get(from.toUri(), configuration).open(from); var out = Files.newOutputStream(path)) {
                in.transferTo(out);
            } catch (IOException broken) {
                Files.delete(path);
                throw broken;
            }
        }

        Path path() {
            return path;
        }

        @Override
        public void close() throws IOException {
            if (copied) {
                Files.deleteIfExists(path);
            }
        }
    }
}
