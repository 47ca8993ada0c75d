"""A mail server for the tests: prints each letter as one line of JSON.

    server.py [CERTIFICATE KEY]    with them, it wants STARTTLS and the sign-in laqun / pass word

It listens on a free port of 127.0.0.1 and prints {"port": N} first.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def say(value):
    print(json.dumps(value), flush=True)


class Letters:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("later@"):
            return "451 4.7.1 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        say({
            "from": str(letter["from"]),
            "to": envelope.rcpt_tos,
            "subject": str(letter["subject"]),
            "id": str(letter["message-id"]),
            "text": letter.get_content(),
            "encrypted": session.ssl is not None,
            "user": session.auth_data.login.decode() if session.auth_data else None,
        })
        return "250 2.0.0 queued as 7F3A"


def signed_in(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"laqun", b"pass word")
    return AuthResult(success=good, handled=False, auth_data=data if good else None)


def protocol():
    if len(sys.argv) < 3:
        return SMTP(Letters(), hostname="localhost")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[1], sys.argv[2])
    return SMTP(
        Letters(),
        hostname="localhost",
        tls_context=tls,
        require_starttls=True,
        auth_required=True,
        authenticator=signed_in,
    )


async def main():
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    say({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


asyncio.run(main())
