package dev.rdptrace.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/// Flows that more than one recording seems to hold, by what packets of them have in common.
///
/// @param shared by recording and flow
record SharedFlows(HashMap<Integer, HashMap<Long, Shared>> shared) implements Serializable {
    static final SharedFlows NONE = new SharedFlows(new HashMap<>());
    /// What more flows have in common tells of none of them.
    private static final int MOST_HOLDERS = 16;

    /// @param group number of the flows that are most probably one connection, or have been
    /// @param holders recordings that hold one of them that has something in common with this, its own among them
    record Shared(int group, TreeSet<Integer> holders) implements Serializable {}

    /// @param flow see [dev.rdptrace.Selection#flow]
    private record Holder(int recording, long flow) implements Serializable, Comparable<Holder> {
        private static final Comparator<Holder> ORDER = Comparator.comparingInt(Holder::recording).thenComparingLong(Holder::flow);

        @Override
        public int compareTo(Holder other) {
            return ORDER.compare(this, other);
        }
    }

    /// Keys of one file and their flows, by turns, in the order of the keys.
    private record Chunk(int recording, LongBuffer left) implements Comparable<Chunk> {
        long key() {
            return left.get(left.position());
        }

        @Override
        public int compareTo(Chunk other) {
            return Long.compare(key(), other.key());
        }
    }

    /// @param kept blocks of all files
    /// @param places of files in their recordings
    /// @param partitions to look for common keys in
    static SharedFlows of(JavaRDD<Kept> kept, Broadcast<HashMap<Integer, Kept.Place>> places, int partitions) {
        List<List<Holder>> common = kept.filter(block -> block.order() == Kept.KEYS && places.value().containsKey(block.file()))
                .flatMapToPair(block -> chunks(Objects.requireNonNull(places.value().get(block.file())).recording(), block.bytes(),
                        partitions))
                .partitionBy(new HashPartitioner(partitions)).values().mapPartitions(SharedFlows::common).distinct().collect();
        Map<Holder, TreeSet<Integer>> holders = new TreeMap<>();
        Map<Holder, Holder> parents = new HashMap<>();
        for (List<Holder> all : common) {
            for (Holder one : all) {
                all.forEach(other -> holders.computeIfAbsent(one, _ -> new TreeSet<>()).add(other.recording));
                parents.put(root(parents, one), root(parents, all.getFirst()));
            }
        }
        SharedFlows flows = new SharedFlows(new HashMap<>());
        Map<Holder, Integer> groups = new HashMap<>();
        holders.forEach((one, in) -> {
            int group = groups.computeIfAbsent(root(parents, one), _ -> groups.size());
            flows.shared.computeIfAbsent(one.recording, _ -> new HashMap<>()).put(one.flow, new Shared(group, in));
        });
        return flows;
    }

    private static Holder root(Map<Holder, Holder> parents, Holder of) {
        Holder at = of;
        for (Holder next = parents.getOrDefault(at, at); !next.equals(at); next = parents.getOrDefault(at, at)) {
            at = next;
        }
        parents.put(of, at);
        return at;
    }

    /// The keys of a file by where they are looked for: as longs, the recording and what a [Chunk] has.
    private static Iterator<Tuple2<Integer, long[]>> chunks(int recording, byte[] keys, int partitions) {
        List<List<long[]>> parts = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            parts.add(new ArrayList<>());
        }
        for (LongBuffer from = ByteBuffer.wrap(keys).asLongBuffer(); from.hasRemaining();) {
            long[] one = {from.get(), from.get()};
            parts.get((int) Math.floorMod(one[0], (long) partitions)).add(one);
        }
        List<Tuple2<Integer, long[]>> chunks = new ArrayList<>();
        for (int part = 0; part < partitions; part++) {
            List<long[]> of = parts.get(part);
            if (of.isEmpty()) {
                continue;
            }
            of.sort(Comparator.<long[]>comparingLong(one -> one[0]).thenComparingLong(one -> one[1]));
            LongBuffer chunk = LongBuffer.allocate(1 + 2 * of.size()).put(recording);
            of.forEach(chunk::put);
            chunks.add(new Tuple2<>(part, chunk.array()));
        }
        return chunks.iterator();
    }

    /// Flows that have a key in common, of more than one recording.
    private static Iterator<List<Holder>> common(Iterator<long[]> chunks) {
        PriorityQueue<Chunk> queue = new PriorityQueue<>();
        while (chunks.hasNext()) {
            LongBuffer chunk = LongBuffer.wrap(chunks.next());
            queue.add(new Chunk((int) chunk.get(), chunk));
        }
        Set<List<Holder>> common = new HashSet<>();
        TreeSet<Holder> holders = new TreeSet<>();
        while (!queue.isEmpty()) {
            long key = queue.element().key();
            holders.clear();
            while (!queue.isEmpty() && queue.element().key() == key) {
                Chunk next = queue.remove();
                next.left.get();
                long flow = next.left.get();
                if (holders.size() <= MOST_HOLDERS) {
                    holders.add(new Holder(next.recording, flow));
                }
                if (next.left.hasRemaining()) {
                    queue.add(next);
                }
            }
            if (holders.size() <= MOST_HOLDERS && holders.first().recording != holders.last().recording) {
                common.add(List.copyOf(holders));
            }
        }
        return common.iterator();
    }

    boolean has(int recording, long flow) {
        return of(recording, flow) != null;
    }

    @Nullable
    Shared of(int recording, long flow) {
        HashMap<Long, Shared> flows = shared.get(recording);
        return flows == null ? null : flows.get(flow);
    }

    boolean isEmpty() {
        return shared.isEmpty();
    }
}
