package dev.rdptrace.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class QuantitiesTest {
    @Test
    void numbersAreWhatTheFormatterWouldWrite() {
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 50_000; i++) {
            double value = random.nextDouble() * Math.pow(10, random.nextInt(12) - 4);
            check(value);
            check(Math.round(value * 2000) / 2000.0);
        }
        for (double value : new double[] {0, 0.0005, 0.0015, 0.5, 0.125, 1, 1.005, 9.995, 10, 99.95, 100, 100.5, 101.5, 1e9, 1e17, -1.25,
                Double.NaN}) {
            check(value);
        }
    }

    private static void check(double value) {
        String text = String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : value >= 1 ? "%.2f" : "%.3f", value);
        String expected = text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
        assertThat(Quantities.number(value)).as("%s", value).isEqualTo(expected);
    }

    @Test
    void durationsHaveTheUnitThatFits() {
        assertThat(Quantities.duration(0.0034)).isEqualTo("3.4 ms");
        assertThat(Quantities.duration(3.4)).isEqualTo("3.4 s");
        assertThat(Quantities.duration(150)).isEqualTo("2.5 min");
        assertThat(Quantities.duration(3 * 3600)).isEqualTo("3 h");
        assertThat(Quantities.duration(12 * 86_400)).isEqualTo("12 days");
    }
}
