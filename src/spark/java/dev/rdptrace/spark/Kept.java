package dev.rdptrace.spark;

import java.io.Serializable;
import java.util.Comparator;
import org.apache.spark.Partitioner;

/// A block of packets of a file, or what else was found in it.
///
/// @param file its place in the list of all files
/// @param reading 0, or which reading for more it comes from
/// @param order as in [dev.rdptrace.KeptSource.Block]; [#KEYS] and [#FINDINGS] come behind all blocks
record Kept(int file, int reading, int order, byte[] bytes) implements Serializable {
    static final int FINDINGS = Integer.MAX_VALUE;
    /// By what its flows are known again in other recordings, see [dev.rdptrace.Selection#keys].
    static final int KEYS = FINDINGS - 1;
    /// Not a reading: what other recordings have of the same connections.
    static final int OTHER_VIEWS = Integer.MAX_VALUE;

    boolean ofPackets() {
        return order < KEYS;
    }

    /// Where a block belongs.
    ///
    /// @param file its place in the recording; of what other recordings have, the number of a group of connections
    record Place(int recording, int reading, int file, int order) implements Serializable, Comparable<Place> {
        private static final Comparator<Place> ORDER = Comparator.comparingInt(Place::recording).thenComparingInt(Place::reading)
                .thenComparingInt(Place::file)
                .thenComparingInt(Place::order);

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }
    }

    /// All of a recording in one place.
    static final class ByRecording extends Partitioner {
        private static final long serialVersionUID = 1L;
        private final int partitions;

        ByRecording(int partitions) {
            this.partitions = partitions;
        }

        @Override
        public int numPartitions() {
            return partitions;
        }

        @Override
        public int getPartition(Object key) {
            return key instanceof Place place ? place.recording % partitions : 0;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof ByRecording same && same.partitions == partitions;
        }

        @Override
        public int hashCode() {
            return partitions;
        }
    }
}
