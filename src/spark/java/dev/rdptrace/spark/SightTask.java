package dev.rdptrace.spark;

import dev.rdptrace.FlowSights;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.apache.spark.util.SerializableConfiguration;

/// Reads files once more for the connections that other recordings hold as well.
record SightTask(SerializableConfiguration configuration) implements Serializable {

    /// @param recording of the files
    /// @param file the first of them, its place in the recording
    /// @param paths one file; or all of a recording that is read as one
    record Todo(int recording, int file, List<String> paths, Set<Long> flows) implements Serializable {}

    /// @param flow see [dev.rdptrace.Selection#flow]
    /// @param file in which they are, its place in the recording
    /// @param packets see [FlowSights#packets]
    record Sights(int recording, long flow, int file, byte[] packets) implements Serializable {}

    /// What cannot be read tells nothing; then its tries stand as they are.
    List<Sights> read(Todo todo) {
        List<Inputs.Near> copies = new ArrayList<>();
        List<Sights> sights = new ArrayList<>();
        try {
            SequencedMap<String, Path> files = new LinkedHashMap<>();
            for (String path : todo.paths) {
                Inputs.Near near = new Inputs.Near(path, configuration.value());
                copies.add(near);
                files.put(path, near.path());
            }
            for (Map.Entry<Long, byte[]> flow : FlowSights.of(files, todo.flows).entrySet()) {
                sights.add(new Sights(todo.recording, flow.getKey(), todo.file, flow.getValue()));
            }
        } catch (IOException broken) {
            if (!SelectTask.isLastAttempt()) {
                throw new UncheckedIOException(broken);
            }
        } finally {
            copies.forEach(JudgeTask::close);
        }
        return sights;
    }
}
