package dev.rdptrace.tcp;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The connections that are followed: each has a place, and a chain with those of its kind.
final class FollowedConnections {
    private static final int NOBODY = -1;

    private Connection[] connections = new Connection[64];
    private int[] older = new int[64]; // place of the connection before each in its chain
    private int[] newer = new int[64];
    private int[] vacant = new int[64]; // places that are free again
    private int vacancies;
    private int count;
    final Chain open = new Chain();
    final Chain hollow = new Chain();
    final Chain resting = new Chain();
    final Chain silent = new Chain(); // resting and hollow
    final Chain closing = new Chain();
    private final Chain[] byWorth = {closing, silent, hollow, resting, open};

    int count() {
        return count;
    }

    Connection at(int place) {
        return connections[place];
    }

    Connection[] byStream() {
        Connection[] all = new Connection[count];
        int found = 0;
        for (Connection connection : connections) {
            if (connection != null) {
                all[found++] = connection;
            }
        }
        Arrays.sort(all, (a, b) -> Integer.compare(a.stream(), b.stream()));
        return all;
    }

    /// For a connection that is [added][#add] next.
    int takePlace() {
        return vacancies > 0 ? vacant[--vacancies] : count;
    }

    void add(Connection connection) {
        int place = connection.place;
        if (place == connections.length) {
            connections = Arrays.copyOf(connections, place * 2);
            older = Arrays.copyOf(older, place * 2);
            newer = Arrays.copyOf(newer, place * 2);
        }
        connections[place] = connection;
        hollow.addNewest(connection);
        count++;
    }

    void remove(Connection connection) {
        leaveChain(connection);
        connections[connection.place] = null;
        if (vacancies == vacant.length) {
            vacant = Arrays.copyOf(vacant, vacancies * 2);
        }
        vacant[vacancies++] = connection.place;
        count--;
    }

    /// A packet has come.
    void moved(Connection connection) {
        if (!connection.closing) {
            leaveChain(connection);
            connection.closing = connection.isClosed();
            (connection.closing ? closing : connection.isHollow() ? hollow : open).addNewest(connection);
        }
    }

    /// No packet has come for a while.
    void rests(Connection connection) {
        leaveChain(connection);
        (connection.isHollow() ? silent : resting).addNewest(connection);
    }

    private static void leaveChain(Connection connection) {
        Objects.requireNonNull(connection.chain, "not added").remove(connection);
    }

    /// The one that was quiet longest of those that matter least.
    Connection mostDispensable() {
        int kind = 0;
        while (byWorth[kind].oldest() == null) {
            kind++;
        }
        return byWorth[kind].oldest();
    }

    /// Connections from the quietest to the most recently active, by their places. Every packet moves its connection: were the
    /// links references, the collector would have to look through whatever had a packet since it looked last.
    final class Chain {
        private int oldest = NOBODY;
        private int newest = NOBODY;

        /// `null` where there is none.
        @Nullable
        Connection oldest() {
            return oldest == NOBODY ? null : connections[oldest];
        }

        void addNewest(Connection connection) {
            int place = connection.place;
            older[place] = newest;
            newer[place] = NOBODY;
            if (newest == NOBODY) {
                oldest = place;
            } else {
                newer[newest] = place;
            }
            newest = place;
            if (connection.chain != this) {
                connection.chain = this;
            }
        }

        void remove(Connection connection) {
            int before = older[connection.place];
            int behind = newer[connection.place];
            if (before == NOBODY) {
                oldest = behind;
            } else {
                newer[before] = behind;
            }
            if (behind == NOBODY) {
                newest = before;
            } else {
                older[behind] = before;
            }
        }
    }
}
