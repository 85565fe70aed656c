package dev.rdptrace.spark;

import dev.rdptrace.Analyzer;
import dev.rdptrace.timeline.Endpoint;
import java.io.Serializable;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// What is taken for RDP, on its way to the tasks.
record Peers(List<Integer> ports, List<long[]> gateways) implements Serializable {

    static Peers of(Analyzer.Options options) {
        return new Peers(List.copyOf(options.ports()),
                options.gateways().stream().map(one -> new long[] {one.high(), one.low(), one.port()})
                        .toList());
    }

    Analyzer.Options options() {
        return new Analyzer.Options(Set.copyOf(ports), gateways.stream().map(one -> new Endpoint(one[0], one[1], (int) one[2]))
                .collect(Collectors.toUnmodifiableSet()), false);
    }
}
