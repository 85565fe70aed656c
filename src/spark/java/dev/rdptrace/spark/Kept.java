package dev.rdptrace.spark;

import java.io.Serializable;
import java.util.Comparator;
import org.apache.spark.Partitioner;

/// A block of packets of a file, or what else was found in it.
///
/// @param file its place in the list of all files
/// @param reading 0, or which reading for more it comes from
/// @param order as in [dev.rdptrace.KeptSource.Block]; [#FINDINGS] comes behind all blocks
record Kept(int file, int reading, int order, byte[] bytes) implements Serializable {
    static final int FINDINGS = Integer.MAX_VALUE;

    /// Where a block belongs.
    ///
    /// @param file its place in the recording
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
