package dev.rdptrace.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rdptrace.live.Rights.User;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What needs root is tested by `scripts/host-test`.
class RightsTest {
    @BeforeEach
    void onLinux() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "rights are given up on Linux only");
    }

    @Test
    void goesOnAsTheOneWhoCalledSudo() {
        Map<String, String> sudo = Map.of("SUDO_UID", "1234", "SUDO_GID", "1235", "SUDO_USER", "alice");
        assertThat(Rights.user("", sudo)).contains(new User("alice", 1234, 1235));
    }

    @Test
    void goesOnAsNobodyWhereRootItselfCalled() {
        assertThat(Rights.user("", Map.of())).hasValueSatisfying(user -> assertThat(user.name()).isEqualTo("nobody"));
        assertThat(Rights.user("", Map.of("SUDO_UID", "0", "SUDO_GID", "0", "SUDO_USER", "root"))).hasValueSatisfying(
                user -> assertThat(user.id()).isNotZero());
    }

    @Test
    void whoIsNamedIsLookedUp() {
        assertThat(Rights.user("root", Map.of("SUDO_UID", "1234", "SUDO_GID", "1235"))).contains(new User("root", 0, 0));
        assertThat(Rights.user("4711", Map.of())).contains(new User("4711", 4711, 4711));
        assertThat(Rights.user("no such user", Map.of())).isEmpty();
    }

    @Test
    void aNumberThatIsNoneDoesNotMakeItRoot() {
        for (String wrong : new String[] {"", "-1", "0x0", "00", "99999999999", "1 2"}) {
            assertThat(Rights.user("", Map.of("SUDO_UID", wrong, "SUDO_GID", "1")))
                    .hasValueSatisfying(user -> assertThat(user.id()).as(wrong).isNotZero());
        }
    }
}
