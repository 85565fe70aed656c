package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Companions;
import dev.rdptrace.timeline.Companions.Contact;
import dev.rdptrace.timeline.Companions.Door;
import dev.rdptrace.timeline.Companions.Lookup;
import dev.rdptrace.timeline.Companions.Sweep;
import dev.rdptrace.timeline.SideTransport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// [Companions] by the host they are about: every try asks for those of its own two.
final class CompanionsByHost {
    private final Map<String, List<Door>> doors;
    private final Map<String, List<Contact>> contacts;
    private final Map<String, List<SideTransport>> sideTransports;
    private final Map<String, List<Lookup>> answers;
    private final Map<String, List<Sweep>> sweeps;
    private final Set<String> resolved = new HashSet<>();

    CompanionsByHost(Companions all) {
        doors = by(Door::host, all.doors());
        contacts = by(Contact::client, all.contacts());
        sideTransports = by(transport -> transport.client().address(), all.sideTransports());
        answers = by(Lookup::client, all.lookups().stream().filter(lookup -> lookup.answered().seen() && !lookup.addresses().isEmpty()).toList());
        sweeps = by(Sweep::client, all.sweeps());
        all.lookups().forEach(lookup -> resolved.addAll(lookup.addresses()));
    }

    private static <T> Map<String, List<T>> by(Function<T, String> host, List<T> all) {
        Map<String, List<T>> groups = new HashMap<>();
        all.forEach(one -> groups.computeIfAbsent(host.apply(one), _ -> new ArrayList<>(2)).add(one));
        return groups;
    }

    /// TCP ports of a host that were asked for anywhere in the capture.
    List<Door> doors(String host) {
        return doors.getOrDefault(host, List.of());
    }

    /// Of whom a host asked for many ports at once.
    List<Sweep> sweeps(String host) {
        return sweeps.getOrDefault(host, List.of());
    }

    /// Whom a host turned to as a client, in the order of [Companions#contacts()].
    List<Contact> contacts(String host) {
        return contacts.getOrDefault(host, List.of());
    }

    /// What a host set up over UDP as a client, in the order of [Companions#sideTransports()].
    List<SideTransport> sideTransports(String host) {
        return sideTransports.getOrDefault(host, List.of());
    }

    /// The last question of a client that was answered by `nanos` and whose answer holds addresses.
    Optional<Lookup> lastAnswered(String client, long nanos) {
        return answers.getOrDefault(client, List.of()).reversed().stream().filter(lookup -> lookup.answered().nanos() <= nanos).findFirst();
    }

    /// Some answer of the name service holds this address.
    boolean resolved(String address) {
        return resolved.contains(address);
    }
}
