package dev.rdptrace.spark;

import java.io.Serializable;
import java.nio.LongBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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

    /// @param kept blocks of all files
    /// @param places of files in their recordings
    static SharedFlows of(JavaRDD<Kept> kept, Broadcast<HashMap<Integer, Kept.Place>> places) {
        List<List<Holder>> common = kept.filter(block -> block.order() == Kept.KEYS && places.value().containsKey(block.file()))
                .flatMapToPair(block -> {
                    List<Tuple2<Long, Holder>> keys = new ArrayList<>();
                    Kept.Place place = places.value().get(block.file());
                    for (LongBuffer from = ByteBuffer.wrap(block.bytes()).asLongBuffer(); place != null && from.hasRemaining();) {
                        long flow = from.get();
                        keys.add(new Tuple2<>(from.get(), new Holder(place.recording(), flow)));
                    }
                    return keys.iterator();
                }).aggregateByKey(new TreeSet<Holder>(), SharedFlows::with, (some, others) -> {
                    others.forEach(one -> with(some, one));
                    return some;
                }).values().filter(all -> all.size() <= MOST_HOLDERS && all.first().recording != all.last().recording)
                .map(all -> List.copyOf(all)).distinct().collect();
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

    private static TreeSet<Holder> with(TreeSet<Holder> some, Holder one) {
        if (some.size() <= MOST_HOLDERS) {
            some.add(one);
        }
        return some;
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
