package dev.rdptrace.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DetailsTest {
    @Test
    void isAMapInTheOrderOfNoting() {
        Map<String, Object> expected = new LinkedHashMap<>();
        expected.put("b", 1);
        expected.put("a", List.of("x"));
        Map<String, Object> details = Details.of("b", 1, "a", List.of("x"));
        assertThat(details).isEqualTo(expected).hasSameHashCodeAs(expected).hasSize(2).containsKey("a").doesNotContainKey("c");
        assertThat(details.get("a")).isEqualTo(List.of("x"));
        assertThat(details.get("c")).isNull();
        assertThat(new ArrayList<>(details.keySet())).containsExactly("b", "a");
        List<String> seen = new ArrayList<>();
        details.forEach((name, value) -> seen.add(name + value));
        assertThat(seen).containsExactly("b1", "a[x]");
        assertThat(Details.of()).isEmpty();
    }
}
