package dev.rdptrace.diagnosis;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// What was learnt lately, by key: after two [#turn]s without being learnt again it is forgotten.
final class Recent<K, V> {
    private final int limit;
    private Map<K, V> now = new HashMap<>();
    private Map<K, V> before = Map.of();

    /// @param limit entries learnt between two turns; what comes beyond it is not learnt
    Recent(int limit) {
        this.limit = limit;
    }

    boolean has(K key) {
        return now.containsKey(key) || before.containsKey(key);
    }

    Optional<V> find(K key) {
        return Optional.ofNullable(now.get(key)).or(() -> Optional.ofNullable(before.get(key)));
    }

    /// The first word stands. Answers whether this was it.
    boolean learn(K key, Function<K, V> value) {
        if (now.size() >= limit || now.containsKey(key)) {
            return false;
        }
        now.put(key, value.apply(key));
        return true;
    }

    void turn() {
        before = now;
        now = new HashMap<>();
    }
}
