package dev.rdptrace.spark;

import dev.rdptrace.FileFindings;
import dev.rdptrace.FlowReading;
import dev.rdptrace.KeptSource;
import dev.rdptrace.Selection;
import dev.rdptrace.bytes.Errors;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;

/// Reads files and keeps of each the packets that make a difference: one block in memory at a time.
record SelectTask(Peers peers, SerializableConfiguration configuration, LongAccumulator packets,
        LongAccumulator keptBytes) implements FlatMapFunction<Iterator<SelectTask.Todo>, Kept> {
    private static final String MOST_FAILURES = "spark.task.maxFailures";

    /// @param file its place in the list of all files
    /// @param reading 0, or which reading for more it is
    /// @param wanted flows that more packets are needed of, and whether all that they carry is
    record Todo(int file, String path, int reading, Map<Long, Boolean> wanted) implements Serializable {}

    @Override
    public Iterator<Kept> call(Iterator<Todo> todo) {
        return new Iterator<>() {
            private @Nullable Reading now;
            private @Nullable Kept next;

            @Override
            public boolean hasNext() {
                while (next == null && (now != null || todo.hasNext())) {
                    if (now == null) {
                        now = new Reading(todo.next());
                    }
                    next = now.next();
                    now = next == null ? null : now;
                }
                return next != null;
            }

            @Override
            public Kept next() {
                Kept taken = hasNext() ? next : null;
                if (taken == null) {
                    throw new NoSuchElementException();
                }
                next = null;
                return taken;
            }
        };
    }

    /// One file: its blocks, what the packets without payload lack, and what else was found; or, read once more, what was missing.
    private final class Reading {
        private final Todo todo;
        private Inputs.@Nullable Near near;
        private @Nullable Selection selection;
        private @Nullable FlowReading more;
        private int order;
        private boolean atEnd;
        private final Queue<Kept> left = new ArrayDeque<>(); // once the packets are over
        private boolean over;

        Reading(Todo todo) {
            this.todo = todo;
            TaskContext.get().addTaskCompletionListener((TaskCompletionListener) _ -> close());
        }

        @Nullable
        Kept next() {
            if (over) {
                return null;
            }
            try {
                if (near == null) {
                    near = new Inputs.Near(todo.path, configuration.value());
                }
                return todo.reading == 0 ? next(near) : more(near);
            } catch (IOException broken) {
                return broken(broken);
            }
        }

        private Kept next(Inputs.Near at) throws IOException {
            if (selection == null) {
                selection = new Selection(todo.path, at.path(), peers.options());
            }
            byte[] block = atEnd ? null : selection.next();
            if (block != null) {
                return block(order++, block);
            }
            if (!atEnd) {
                atEnd = true;
                byte[] lastWords = selection.lastWords();
                if (lastWords.length > 0) {
                    left.add(block(KeptSource.LAST_WORDS, lastWords));
                }
                left.add(new Kept(todo.file, 0, Kept.KEYS, selection.keys()));
            }
            Kept next = left.poll();
            return next != null ? next : end(selection.findings());
        }

        private @Nullable Kept more(Inputs.Near at) throws IOException {
            if (more == null) {
                more = new FlowReading(todo.path, at.path(), todo.wanted);
            }
            byte[] block = more.next();
            if (block.length > 0) {
                return block(order++, block);
            }
            over = true;
            close();
            return null;
        }

        private Kept block(int place, byte[] block) {
            keptBytes.add(block.length);
            return new Kept(todo.file, todo.reading, place, block);
        }

        /// A medium may recover; where it does not, the file is one of those that cannot be read.
        private @Nullable Kept broken(IOException why) {
            if (!isLastAttempt()) {
                throw new UncheckedIOException(why);
            }
            over = true;
            return todo.reading > 0 ? null : end(FileFindings.unreadable(todo.path, todo.path + ": " + Errors.message(why)));
        }

        private Kept end(FileFindings findings) {
            over = true;
            packets.add(findings.frames());
            close();
            return new Kept(todo.file, todo.reading, Kept.FINDINGS, Serialized.written(findings));
        }

        private void close() {
            try {
                if (selection != null) {
                    selection.close();
                }
                if (more != null) {
                    more.close();
                }
                if (near != null) {
                    near.close();
                }
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }
    }

    /// Nobody will try again what this task does.
    static boolean isLastAttempt() {
        int most = SparkEnv.get().conf().getInt(MOST_FAILURES, 4);
        return SparkEnv.get().conf().get("spark.master", "").startsWith("local") || TaskContext.get().attemptNumber() + 1 >= most;
    }

    static FileFindings findings(byte[] bytes) {
        return (FileFindings) Serialized.read(bytes);
    }
}
