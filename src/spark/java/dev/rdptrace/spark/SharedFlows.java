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
import scala.Tuple2;

/// Flows that more than one recording seems to hold, by what packets of them have in common.
///
/// @param holders by recording and flow, all recordings that hold a flow that is most probably the same, itself among them
record SharedFlows(HashMap<Integer, HashMap<Long, TreeSet<Integer>>> holders) implements Serializable {
    static final SharedFlows NONE = new SharedFlows(new HashMap<>());
    /// What more flows have in common tells of none of them.
    private static final int MOST_HOLDERS = 16;

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
        SharedFlows shared = new SharedFlows(new HashMap<>());
        for (List<Holder> all : common) {
            for (Holder one : all) {
                TreeSet<Integer> of = shared.holders.computeIfAbsent(one.recording, _ -> new HashMap<>()).computeIfAbsent(one.flow,
                        _ -> new TreeSet<>());
                all.forEach(other -> of.add(other.recording));
            }
        }
        return shared;
    }

    /// The keys of a file by where they are looked for: as longs, the recording and what a [Chunk] has.
    private static Iterator<Tuple2<Integer, long[]>> chunks(int recording, byte[] keys, int partitions) {
        TreeMap<Integer, TreeMap<Long, Long>> parts = new TreeMap<>();
        for (LongBuffer from = ByteBuffer.wrap(keys).asLongBuffer(); from.hasRemaining();) {
            long key = from.get();
            parts.computeIfAbsent(Math.floorMod(key, partitions), _ -> new TreeMap<>()).put(key, from.get());
        }
        List<Tuple2<Integer, long[]>> chunks = new ArrayList<>();
        parts.forEach((part, flows) -> {
            LongBuffer chunk = LongBuffer.allocate(1 + 2 * flows.size()).put(recording);
            flows.forEach((key, flow) -> chunk.put(key).put(flow));
            chunks.add(new Tuple2<>(part, chunk.array()));
        });
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
        return holders.getOrDefault(recording, new HashMap<>()).containsKey(flow);
    }

    Set<Integer> holders(int recording, long flow) {
        return holders.getOrDefault(recording, new HashMap<>()).getOrDefault(flow, new TreeSet<>());
    }

    boolean isEmpty() {
        return holders.isEmpty();
    }
}
