package dev.rdptrace.report;

import dev.rdptrace.capture.Frame;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.wire.x224.Tpdu;

/// What one line says of a try, whatever its format.
///
/// @param attempt whose verdict stands for the try
/// @param id the same in every format: when it began, and the client's first port
/// @param first time of the first packet, nanoseconds since 1970, or [Frame#NO_TIME]
/// @param last time of the last packet of all its connections
/// @param user as CredSSP or else the cookie names it, to be marked: `DOMAIN\name`, `name@realm`, or empty
record TrySummary(Incident incident, Attempt attempt, String id, long first, long last, String user) {

    static TrySummary of(Incident incident) {
        Attempt headline = incident.headline().attempt();
        long first = incident.firstNanos();
        long last = incident.attempts().stream().mapToLong(one -> one.attempt().last().nanos()).max().orElse(first);
        String id = Long.toHexString(first) + "-" + incident.attempts().getFirst().attempt().client().port();
        String user = headline.authentication().user();
        return new TrySummary(incident, headline, id, first, Math.max(first, last), !user.isEmpty() ? user
                : headline.x224().request().map(Tpdu.ConnectionRequest::cookieName).orElse(""));
    }

    boolean timed() {
        return first != Frame.NO_TIME;
    }

    /// The part of `user` that is no domain.
    String userName() {
        int slash = user.lastIndexOf('\\');
        int at = user.lastIndexOf('@');
        return slash >= 0 ? user.substring(slash + 1) : at > 0 ? user.substring(0, at) : user;
    }

    /// Its domain or realm, or empty.
    String userDomain() {
        int slash = user.lastIndexOf('\\');
        int at = user.lastIndexOf('@');
        return slash >= 0 ? user.substring(0, slash) : at > 0 ? user.substring(at + 1) : "";
    }
}
