package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Happening.Note;
import dev.rdptrace.timeline.Happening.Sealed;
import dev.rdptrace.timeline.Happening.Unreadable;
import dev.rdptrace.timeline.InnerFacts;
import dev.rdptrace.timeline.InnerFacts.Conference;
import dev.rdptrace.timeline.InnerFacts.Disconnect;
import dev.rdptrace.timeline.InnerFacts.Echoed;
import dev.rdptrace.timeline.InnerFacts.Encryption;
import dev.rdptrace.timeline.InnerFacts.License;
import dev.rdptrace.timeline.InnerFacts.Redirected;
import dev.rdptrace.timeline.InnerFacts.ServerError;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.gcc.ClientData;
import dev.rdptrace.wire.gcc.ServerData;
import dev.rdptrace.wire.license.LicensePdu;
import dev.rdptrace.wire.mcs.DomainPdu;
import dev.rdptrace.wire.mcs.DomainPdu.AttachUserConfirm;
import dev.rdptrace.wire.mcs.DomainPdu.AttachUserRequest;
import dev.rdptrace.wire.mcs.DomainPdu.ChannelJoinConfirm;
import dev.rdptrace.wire.mcs.DomainPdu.ChannelJoinRequest;
import dev.rdptrace.wire.mcs.DomainPdu.ConnectInitial;
import dev.rdptrace.wire.mcs.DomainPdu.ConnectResponse;
import dev.rdptrace.wire.mcs.DomainPdu.DisconnectProviderUltimatum;
import dev.rdptrace.wire.mcs.DomainPdu.ErectDomainRequest;
import dev.rdptrace.wire.mcs.DomainPdu.SendDataIndication;
import dev.rdptrace.wire.mcs.DomainPdu.SendDataRequest;
import dev.rdptrace.wire.security.SecurityHeader;
import dev.rdptrace.wire.security.SecurityPdu;
import dev.rdptrace.wire.share.DataPdu;
import dev.rdptrace.wire.share.Redirection;
import dev.rdptrace.wire.share.SharePdu;
import java.util.ArrayList;
import java.util.List;

/// The PDUs from MCS Connect-Initial on, wherever they can be read: in the clear under Standard RDP Security, or
/// opened with keys. Under Standard RDP Security with encryption the share PDUs are sealed; their order and size tell.
final class InnerPdus {
    private static final int SEALED_ACTIVE = 200;
    private static final int MOST_ACTIVATIONS = 300;

    private final EventLog story;
    private final boolean opened;

    private int connectResult = -1;
    private int attachResult = -1;
    private int joinsRequested;
    private int joinsConfirmed;
    private int joinFailures;
    private int encryptionOffered = -1;
    private int encryptionMethod = -1;
    private int encryptionLevel = -1;
    private int errorInfo;
    private Moment errorInfoAt = Moment.NEVER;
    private int licenseError = -1;
    private int licenseTransition = -1;
    private Side licenseErrorFrom = Side.SERVER;
    private int disconnectReason = -1;
    private Moment disconnectAt = Moment.NEVER;
    private Side disconnectFrom = Side.SERVER;
    private String redirectTarget = "";
    private boolean redirected;
    private List<String> channels = List.of();
    private int channelsGranted = -1;
    private long echoedRequested = -1;
    private long echoedSelected = -1;
    private int ioChannel = -1;
    private int messageChannel = -1;
    private final List<Moment> activations = new ArrayList<>();
    private int sealedFromServer;
    private boolean beats;
    private boolean any;

    /// @param opened the PDUs were decrypted from TLS
    InnerPdus(EventLog story, boolean opened) {
        this.story = story;
        this.opened = opened;
    }

    /// The user data of one X.224 data TPDU.
    void accept(Side side, byte[] bytes, int offset, int length, Moment at) {
        switch (DomainPdu.decode(bytes, offset, length)) {
            case Decoded.Complete<DomainPdu>(var pdu, _) -> {
                any = true;
                domain(side, pdu, bytes, offset, at);
            }
            case Decoded.Partial<DomainPdu> _ ->
                    story.event(at, side, Kind.UNEXPECTED, Phase.MCS, "an MCS PDU shorter than it says");
            case Decoded.Broken<DomainPdu>(var fault) ->
                    story.event(at, side, Kind.UNEXPECTED, Phase.MCS, new Unreadable("an MCS PDU", fault));
        }
    }

    /// A fast-path PDU, which a server sends only once the session is up.
    void fastPath(Side side, Moment at) {
        if (side == Side.SERVER && story.has(Step.CONFIRM_ACTIVE) && !story.has(Step.FONT_MAP)) {
            up(at, Note.of("fast-path output: the session is up"));
        }
    }

    private void domain(Side side, DomainPdu pdu, byte[] bytes, int offset, Moment at) {
        switch (pdu) {
            case ConnectInitial(_, _, _, _, _, _, var conference) -> {
                story.reached(Step.CONNECT_INITIAL, at);
                channels = conference.find(ClientData.Network.class).map(ClientData.Network::names).orElse(List.of());
                encryptionOffered = conference.find(ClientData.Security.class)
                        .map(security -> security.encryptionMethods() | security.extEncryptionMethods()).orElse(-1);
                echoedSelected = conference.find(ClientData.Core.class).map(ClientData.Core::serverSelectedProtocol).orElse(-1L);
                event(side, at, Phase.MCS, Kind.MCS, pdu);
            }
            case ConnectResponse(var result, _, _, var conference) -> {
                connectResult = result.code();
                conference.find(ServerData.Security.class).ifPresent(security -> {
                    encryptionMethod = security.encryptionMethod();
                    encryptionLevel = security.encryptionLevel();
                });
                echoedRequested = conference.find(ServerData.Core.class).map(ServerData.Core::clientRequestedProtocols).orElse(-1L);
                conference.find(ServerData.Network.class).ifPresent(network -> {
                    ioChannel = network.ioChannelId();
                    channelsGranted = network.channelIds().size();
                });
                messageChannel = conference.find(ServerData.MessageChannel.class).map(ServerData.MessageChannel::channelId).orElse(-1);
                if (result.isSuccess()) {
                    story.reached(Step.CONNECT_RESPONSE, at);
                }
                event(side, at, Phase.MCS, Kind.MCS, pdu);
            }
            case ErectDomainRequest _ -> story.reached(Step.ERECT_DOMAIN, at);
            case AttachUserRequest _ -> {
                story.reached(Step.ATTACH_USER, at);
                event(side, at, Phase.MCS, Kind.MCS, pdu);
            }
            case AttachUserConfirm(var result, _) -> {
                attachResult = result.code();
                if (result.isSuccess()) {
                    story.reached(Step.ATTACH_CONFIRM, at);
                }
                event(side, at, Phase.MCS, Kind.MCS, pdu);
            }
            case ChannelJoinRequest _ -> {
                if (joinsRequested++ == 0) {
                    story.reached(Step.CHANNEL_JOIN, at);
                    event(side, at, Phase.MCS, Kind.MCS, pdu);
                }
            }
            case ChannelJoinConfirm(var result, _, _, _) -> {
                if (result.isSuccess()) {
                    joinsConfirmed++;
                    story.reached(Step.CHANNELS_JOINED, at);
                    story.again(Step.CHANNELS_JOINED, at);
                } else {
                    joinFailures++;
                    event(side, at, Phase.MCS, Kind.MCS, pdu);
                }
            }
            case SendDataRequest(_, var channel, var at2, var length) -> data(side, channel, bytes, offset + at2, length, at);
            case SendDataIndication(_, var channel, var at2, var length) -> data(side, channel, bytes, offset + at2, length, at);
            case DisconnectProviderUltimatum(var reason) -> {
                if (!disconnectAt.seen()) {
                    disconnectReason = reason.code();
                    disconnectAt = at;
                    disconnectFrom = side;
                }
                event(side, at, story.has(Step.FONT_MAP) ? Phase.SESSION : Phase.MCS, Kind.DISCONNECT, pdu);
            }
            case DomainPdu.Other(var choice) ->
                    event(side, at, Phase.MCS, Kind.UNEXPECTED, Note.of("MCS PDU {}, which RDP does not use", choice));
        }
    }

    private void data(Side side, int channel, byte[] bytes, int offset, int length, Moment at) {
        if (ioChannel >= 0 && channel != ioChannel && channel != messageChannel) {
            return; // a virtual channel: nothing of the handshake
        }
        // Under TLS a share PDU has no security header; under Standard RDP Security everything has one.
        boolean noHeader = encryptionMethod == 0 || opened;
        if (noHeader && SharePdu.isShare(bytes, offset, length)) {
            shares(side, bytes, offset, length, at);
            return;
        }
        if (!story.has(Step.CLIENT_INFO) || length < 4 || !noHeader || !story.has(Step.FONT_MAP)) {
            switch (SecurityPdu.decode(bytes, offset, length)) {
                case Decoded.Complete<SecurityPdu>(var pdu, _) -> security(side, pdu, at);
                case Decoded.Partial<SecurityPdu> _,Decoded.Broken<SecurityPdu> _ -> {
                    // Data of a virtual channel, which has no share header: nothing of the handshake.
                }
            }
        }
    }

    private void security(Side side, SecurityPdu pdu, Moment at) {
        switch (pdu) {
            case SecurityPdu.SecurityExchange _ -> {
                story.reached(Step.SECURITY_EXCHANGE, at);
                event(side, at, Phase.SECURITY, Kind.SECURITY, pdu);
            }
            case SecurityPdu.Info _ -> {
                story.reached(Step.CLIENT_INFO, at);
                event(side, at, Phase.INFO, Kind.SECURITY, pdu);
            }
            case SecurityPdu.License(_, var license) -> {
                license(side, license, at);
                event(side, at, Phase.LICENSING, Kind.LICENSE, pdu);
            }
            case SecurityPdu.AutoDetectRequest _ -> event(side, at, Phase.INFO, Kind.SECURITY, pdu);
            case SecurityPdu.AutoDetectResponse _ -> {
                if (!story.has(Step.FONT_MAP)) {
                    event(side, at, Phase.INFO, Kind.SECURITY, pdu);
                }
            }
            case SecurityPdu.InitiateMultitransportRequest _,SecurityPdu.InitiateMultitransportResponse _ ->
                    event(side, at, Phase.LICENSING, Kind.SECURITY, pdu);
            case SecurityPdu.Heartbeat _ -> {
                if (!beats) {
                    beats = true;
                    event(side, at, phaseNow(), Kind.SECURITY, pdu);
                }
            }
            case SecurityPdu.StandardRedirection(_, var redirection) -> redirected(side, redirection, at);
            case SecurityPdu.Encrypted encrypted -> sealed(side, encrypted, at);
            case SecurityPdu.Clear(_, var share) -> share(side, share, at);
        }
    }

    /// Encrypted by Standard RDP Security: the flags of the header stay clear.
    private void sealed(Side side, SecurityPdu.Encrypted pdu, Moment at) {
        SecurityHeader header = pdu.header();
        if (header.has(SecurityHeader.INFO_PKT)) {
            story.reached(Step.CLIENT_INFO, at);
            event(side, at, Phase.INFO, Kind.SECURITY, new Sealed("Client Info (encrypted)", pdu));
        } else if (header.has(SecurityHeader.LICENSE_PKT)) {
            story.reached(Step.LICENSE, at);
            event(side, at, Phase.LICENSING, Kind.LICENSE, new Sealed("licensing (encrypted)", pdu));
        } else if (header.has(SecurityHeader.REDIRECTION_PKT)) {
            redirected = true;
            event(side, at, Phase.SESSION, Kind.SHARE, new Sealed("Server Redirection (encrypted)", pdu));
        } else if (!story.has(Step.FONT_MAP)) {
            sealedByOrder(side, pdu, at);
        }
    }

    /// Which PDU it is only its place can tell; in doubt it is one of many.
    private void sealedByOrder(Side side, SecurityPdu.Encrypted pdu, Moment at) {
        boolean active = pdu.length() >= SEALED_ACTIVE;
        if (side == Side.SERVER && active && story.has(Step.CLIENT_INFO) && story.inferred(Step.DEMAND_ACTIVE, at)) {
            activated(at);
            event(side, at, Phase.ACTIVATION, Kind.SHARE, new Sealed("Demand Active (encrypted, judged by order)", pdu));
        } else if (side == Side.CLIENT && active && story.has(Step.DEMAND_ACTIVE) && story.inferred(Step.CONFIRM_ACTIVE, at)) {
            event(side, at, Phase.ACTIVATION, Kind.SHARE, new Sealed("Confirm Active (encrypted, judged by order)", pdu));
        } else if (side == Side.SERVER && !active && story.has(Step.CONFIRM_ACTIVE) && ++sealedFromServer >= 4) {
            up(at, new Sealed("Font Map, session is up (encrypted, judged by order)", pdu));
        } else {
            event(side, at, phaseNow(), Kind.SECURITY, new Sealed(story.has(Step.CONFIRM_ACTIVE) ? "finalization (encrypted)"
                    : "encrypted PDU of " + pdu.length() + " bytes", pdu));
        }
    }

    private void license(Side side, LicensePdu pdu, Moment at) {
        if (side == Side.SERVER) {
            story.reached(Step.LICENSE, at);
        }
        switch (pdu) {
            case LicensePdu.ErrorAlert alert when !alert.isValidClient() -> {
                licenseError = alert.errorCode();
                licenseTransition = alert.stateTransition();
                licenseErrorFrom = side;
            }
            case LicensePdu.ErrorAlert _,LicensePdu.NewLicense _,LicensePdu.UpgradeLicense _ -> story.reached(Step.LICENSE_DONE, at);
            case LicensePdu.LicenseRequest _,LicensePdu.PlatformChallenge _,LicensePdu.LicenseInformation _ -> {}
            case LicensePdu.NewLicenseRequest _,LicensePdu.PlatformChallengeResponse _,LicensePdu.Unknown _ -> {}
        }
    }

    private void shares(Side side, byte[] bytes, int offset, int length, Moment at) {
        int used = 0;
        while (used < length && SharePdu.isShare(bytes, offset + used, length - used)
                && SharePdu.decode(bytes, offset + used, length - used) instanceof Decoded.Complete<SharePdu>(var pdu, var size)
                && size > 0) {
            share(side, pdu, at);
            used += size;
        }
    }

    private void share(Side side, SharePdu pdu, Moment at) {
        switch (pdu) {
            case SharePdu.DemandActive _ -> {
                activated(at);
                story.reached(Step.LICENSE_DONE, at);
                story.reached(Step.DEMAND_ACTIVE, at);
                event(side, at, Phase.ACTIVATION, Kind.SHARE, pdu);
            }
            case SharePdu.ConfirmActive _ -> {
                story.reached(Step.CONFIRM_ACTIVE, at);
                event(side, at, Phase.ACTIVATION, Kind.SHARE, pdu);
            }
            case SharePdu.DeactivateAll _ -> event(side, at, phaseNow(), Kind.SHARE, pdu);
            case SharePdu.ServerRedirection(_, var redirection) -> redirected(side, redirection, at);
            case SharePdu.Data data -> body(side, data, at);
            case SharePdu.Flow _ -> {}
            case SharePdu.Unknown _ -> event(side, at, phaseNow(), Kind.UNEXPECTED, pdu);
        }
    }

    private void body(Side side, SharePdu.Data data, Moment at) {
        switch (data.body()) {
            case DataPdu.Synchronize _,DataPdu.Control _,DataPdu.PersistentKeyList _ ->
                    event(side, at, Phase.ACTIVATION, Kind.SHARE, data);
            case DataPdu.FontList _ -> {
                story.reached(Step.FONT_LIST, at);
                event(side, at, Phase.ACTIVATION, Kind.SHARE, data);
            }
            case DataPdu.FontMap _ -> up(at, data);
            case DataPdu.SetErrorInfo(var error) -> {
                if (!error.isNone()) {
                    errorInfo = error.code();
                    errorInfoAt = at;
                    event(side, at, phaseNow(), Kind.ERROR_INFO, data);
                }
            }
            case DataPdu.Status _,DataPdu.AutoReconnectStatus _ -> event(side, at, phaseNow(), Kind.SHARE, data);
            case DataPdu.SaveSession _ -> event(side, at, Phase.SESSION, Kind.SHARE, data);
            case DataPdu.ShutdownRequest _,DataPdu.ShutdownDenied _ -> event(side, at, Phase.SESSION, Kind.DISCONNECT, data);
            case DataPdu.Compressed _,DataPdu.Other _ -> {}
        }
    }

    private void redirected(Side side, Redirection redirection, Moment at) {
        redirected = true;
        redirectTarget = redirection.target();
        event(side, at, phaseNow(), Kind.SHARE, redirection);
    }

    private void activated(Moment at) {
        if (activations.size() < MOST_ACTIVATIONS) {
            activations.add(at);
        }
    }

    private void up(Moment at, Object what) {
        story.reached(Step.FONT_MAP, at);
        event(Side.SERVER, at, Phase.SESSION, Kind.SHARE, what);
    }

    private Phase phaseNow() {
        if (story.has(Step.FONT_MAP)) {
            return Phase.SESSION;
        }
        return story.has(Step.DEMAND_ACTIVE) ? Phase.ACTIVATION : story.has(Step.CLIENT_INFO) ? Phase.LICENSING : Phase.MCS;
    }

    private void event(Side side, Moment at, Phase phase, Kind kind, Object what) {
        story.event(at, side, kind, phase, what);
    }

    /// Was anything read?
    boolean any() {
        return any;
    }

    /// What sizes alone tell.
    static InnerFacts unread(SessionBySize sizes) {
        boolean errorBySize = sizes.errorInfoAt().seen() && sizes.ultimatumAt().seen();
        return new InnerFacts(Conference.joins(sizes.joinsRequested(), sizes.joinsConfirmed()), Echoed.NONE, Encryption.NONE, License.NONE,
                List.of(), Redirected.NONE, errorBySize ? new ServerError(-1, sizes.errorInfoAt()) : ServerError.NONE,
                new Disconnect(-1, sizes.ultimatumAt(), sizes.ultimatumFrom()), false);
    }

    /// What was learnt; what only sizes told comes from `sizes`.
    InnerFacts facts(SessionBySize sizes) {
        if (!any) {
            return unread(sizes);
        }
        if (!disconnectAt.seen() && sizes.ultimatumAt().seen()) {
            disconnectAt = sizes.ultimatumAt(); // the last records did not open
            disconnectFrom = sizes.ultimatumFrom();
        }
        return new InnerFacts(
                new Conference(connectResult, attachResult, joinsRequested, joinsConfirmed, joinFailures, channels, channelsGranted),
                new Echoed(echoedRequested, echoedSelected), new Encryption(encryptionOffered, encryptionMethod, encryptionLevel),
                new License(licenseError, licenseTransition, licenseErrorFrom), List.copyOf(activations),
                new Redirected(redirected, redirectTarget), new ServerError(errorInfo, errorInfoAt),
                new Disconnect(disconnectReason, disconnectAt, disconnectFrom), true);
    }
}
