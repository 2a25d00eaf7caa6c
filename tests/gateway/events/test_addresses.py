"""Where webhooks may be sent: public addresses and what the operator allows, however an address is written."""

import ipaddress
import socket

import pytest

from services.gateway.events.webhooks.addresses import Refused, check, check_url, networks
from services.gateway.events.webhooks.receivers import CheckedResolver, Receivers

PRIVATE = [
    "127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "192.0.0.8", "192.88.99.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1",
    "fd00:ec2::254", "ff02::1", "fec0::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1",
    "::ffff:0:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::808:808", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1", "2001:0:1::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450::1"]


@pytest.mark.parametrize("text", PRIVATE)
def test_what_is_not_public_is_refused(text):
    with pytest.raises(Refused):
        check(ipaddress.ip_address(text), [])
    host = f"[{text}]" if ":" in text else text
    with pytest.raises(Refused):
        check_url(f"https://{host}/", [])


@pytest.mark.parametrize("text", PUBLIC)
def test_what_is_public_may_be_sent_to_by_tls_alone(text):
    check(ipaddress.ip_address(text), [])
    with pytest.raises(Refused):
        check(ipaddress.ip_address(text), networks("10.0.0.0/8"), tls=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.1/", "https://0x7f.1/", "https://0x7f000001/", "https://2130706433/", "https://0177.0.0.1/",
        "https://127.0.0.1./", "https://[::ffff:7f00:1]/", "https://[fe80::1%25lo]/", "https://1.2.3/",
        "https://①②⑦.0.0.1/", "http://a.example/", "https://u:p@a.example/", "https://u@a.example/",
        "ftp://a.example/", "file:///etc/passwd", "https:///x", "https://a.example/ x", "https://a.example:0/",
        "https://a.example:99999/", "https://a.example/#x", "https://a.example\\@b.example/", "https://a.example\t/",
        "https://[::1/", "//a.example/", "a.example", "", "https://a.example/" + "x" * 2000,
    ],
)  # fmt: skip
def test_what_is_no_receivers_address_is_refused(url):
    with pytest.raises(Refused):
        check_url(url, [])


def test_an_operator_allows_a_network_and_no_more():
    allowed = networks("10.20.0.0/16, fd00::/8")
    for url in (
        "https://10.20.1.1/",
        "http://10.20.1.1:8080/hook",
        "https://[fd00::1]/",
        "http://a.example/",
    ):
        check_url(url, allowed)
    for url in ("https://10.21.1.1/", "http://8.8.8.8/", "https://[::ffff:10.20.1.1]/"):
        with pytest.raises(Refused):
            check_url(url, allowed)


class Names:
    """Answers of a resolver, the next one at each question."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def getaddrinfo(self, host, port, **_):
        text = self.answers.pop(0)
        family = socket.AF_INET6 if ":" in text else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (text, port))]


async def test_a_name_that_leads_inside_is_refused_whatever_it_led_to_before(monkeypatch):
    """What is checked is what is connected to: there is no second question that could be answered otherwise."""
    names = Names("8.8.8.8", "127.0.0.1", "::ffff:169.254.169.254")
    monkeypatch.setattr("asyncio.get_running_loop", lambda: names)
    resolver = CheckedResolver([], tls=True)
    (found,) = await resolver.resolve("rebinding.example", 443)
    assert found["host"] == "8.8.8.8"
    for _ in range(2):
        with pytest.raises(Refused):
            await resolver.resolve("rebinding.example", 443)
    assert names.answers == []


async def test_localhost_by_name_is_not_sent_to():
    receivers = Receivers([])
    await receivers.start()
    try:
        answered = await receivers.send("https://localhost:9/", {}, b"{}", "owner")
        assert (answered.status, answered.reason) == (0, "address-refused")
    finally:
        await receivers.close()
