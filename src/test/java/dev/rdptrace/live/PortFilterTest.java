package dev.rdptrace.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PortFilterTest {
    @BeforeAll
    static void needsLibpcap() {
        try {
            Libpcap.load();
        } catch (LiveException absent) {
            Assumptions.abort("no libpcap here: " + absent.getMessage());
        }
    }

    @Test
    void libpcapTakesTheFilters() {
        assertThat(PortFilter.check(PortFilter.plain(List.of(3389)))).isEmpty();
        assertThat(PortFilter.check(PortFilter.tagged(List.of(3389, 3390, 443)))).isEmpty();
    }

    @Test
    void whatIsNoFilterIsSaid() {
        assertThat(PortFilter.check("tcp prt 3389")).contains("syntax error");
    }

    @Test
    void anInterfaceThatIsNotThereIsOneMessage() {
        LiveOptions options = LiveOptions.on(List.of("nosuch0"));
        try (LiveSource source = LiveSource.open(options, _ -> {})) {
            assertThat(source).isNull();
        } catch (LiveException said) {
            assertThat(said.reason()).isIn(LiveException.Reason.NO_SUCH_INTERFACE, LiveException.Reason.NO_RIGHTS);
            assertThat(said.getMessage()).contains("nosuch0").doesNotContain("\n");
        }
    }
}
