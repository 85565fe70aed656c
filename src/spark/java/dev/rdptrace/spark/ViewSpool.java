package dev.rdptrace.spark;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What recordings have of the connections that one of them shares with others, in a temporary file: a group of connections is taken out
/// when a try of it is told.
final class ViewSpool implements Closeable {
    private final int recording;
    private @Nullable Path file;
    private @Nullable DataOutputStream out; // once there is something
    private final List<Long> begins = new ArrayList<>(); // of groups
    private final List<Integer> views = new ArrayList<>(); // of each, how many
    private final Map<Integer, Integer> groups = new HashMap<>(); // by stream of the recording
    private int group = -1;
    private long end;

    ViewSpool(int recording) {
        this.recording = recording;
    }

    /// @param of number of the group; those of one come one after the other
    /// @param view a [Seen] or [SightTask.Sights], [Serialized]
    void add(int of, byte[] view) throws IOException {
        if (of != group) {
            group = of;
            begins.add(end);
            views.add(0);
        }
        DataOutputStream to = out;
        if (to == null) {
            file = Files.createTempFile("rdptrace-", ".views");
            to = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16));
            out = to;
        }
        int last = begins.size() - 1;
        views.set(last, views.get(last) + 1);
        to.writeInt(view.length);
        to.write(view);
        end += Integer.BYTES + view.length;
        if (Serialized.read(view) instanceof Seen seen && seen.recording() == recording) {
            groups.put(seen.stream(), last);
        }
    }

    boolean isEmpty() {
        return begins.isEmpty();
    }

    /// All that was added of the group that holds a connection of the recording, in no certain order; nothing where none does.
    List<byte[]> of(int stream) {
        Integer number = groups.get(stream);
        List<byte[]> all = new ArrayList<>();
        if (number == null || out == null || file == null) {
            return all;
        }
        try {
            out.flush();
            try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
                in.seek(begins.get(number));
                for (int left = views.get(number); left > 0; left--) {
                    byte[] view = new byte[in.readInt()];
                    in.readFully(view);
                    all.add(view);
                }
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        return all;
    }

    @Override
    public void close() {
        try {
            if (out != null && file != null) {
                out.close();
                Files.deleteIfExists(file);
            }
        } catch (IOException left) {
            throw new UncheckedIOException(left);
        }
    }
}
