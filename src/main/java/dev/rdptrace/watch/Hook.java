package dev.rdptrace.watch;

import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/// Where verdicts are posted. Path, query and user of such an address are often its secret, so that it is shown without.
final class Hook {
    private final URI address;

    Hook(URI address) {
        this.address = address;
    }

    /// What is connected to: the address without user and password, which HTTP does not send there.
    URL url() throws MalformedURLException {
        String path = address.getRawPath() == null || address.getRawPath().isEmpty() ? "/" : address.getRawPath();
        return URI.create(toString() + path + (address.getRawQuery() == null ? "" : "?" + address.getRawQuery())).toURL();
    }

    /// RFC 7617: user and password of the address as the credentials of a request.
    Optional<String> authorization() {
        String user = address.getUserInfo();
        return user == null ? Optional.empty() : Optional.of("Basic " + Base64.getEncoder()
                .encodeToString((user.contains(":") ? user : user + ":").getBytes(StandardCharsets.UTF_8)));
    }

    /// Why an answer is no delivery.
    String refusal(int status) {
        return this + " answered " + status + (status / 100 == 3 ? ", a redirection, which is not followed: give the address it leads to"
                : status == 401 || status == 403 ? ", it wants other credentials" : "");
    }

    /// Scheme, host and port.
    @Override
    public String toString() {
        return address.getScheme() + "://" + address.getHost() + (address.getPort() < 0 ? "" : ":" + address.getPort());
    }
}
