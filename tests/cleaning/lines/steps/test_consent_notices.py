"""What goes as a consent notice, and what stays as news of one."""

import pytest
from line_steps import BANNER, UNKNOWN, A, B, lines, texts

from cleaning.lines.steps.consent_notices import drop_consent_notices


@pytest.mark.parametrize(
    "notice",
    [
        (BANNER,),
        ("This website uses cookies to improve your experience.", "Accept Read More"),
        (
            "We use cookies to analyse our traffic.",
            "By continuing to use this site you agree to our use of cookies.",
            "Accept all Reject all",
        ),
        ("Wir verwenden Cookies, um Ihnen das beste Erlebnis zu bieten.", "Alle akzeptieren"),
        ("Ce site utilise des cookies pour améliorer votre expérience.", "Tout accepter", "Tout refuser"),
    ],
)
def test_a_notice_goes_in_one_line_or_in_several(notice: tuple[str, ...]) -> None:
    assert texts(drop_consent_notices(lines(A, *notice, B), UNKNOWN).lines) == [A, B]


@pytest.mark.parametrize(
    "news",
    [
        "The regulator said the shop’s website uses cookies to improve its sales and that nobody was asked to opt out.",
        "“We use cookies to improve your experience,” the banner said.",
        "Accept it or not, the ferry will not run this winter.",
        "Her cookies improve any experience of the harbour.",
        "The privacy policy of the school fills forty pages.",
        "Reject the plan, the pamphlet says, and choose the bridge.",
    ],
)
def test_news_of_cookies_stays(news: str) -> None:
    body = lines(A, news, B)
    assert drop_consent_notices(body, UNKNOWN).lines == body
