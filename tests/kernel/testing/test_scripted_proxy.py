"""The scriptable proxy keeps a proxy's promises about rules."""

import pytest

from kubernel.ports.proxy import Proxy
from kubernel.testing.contracts.proxy import ProxyContract, rule
from kubernel.testing.scripted_proxy import ScriptedProxy


class TestScriptedProxy(ProxyContract):
    @pytest.fixture
    def proxy(self) -> Proxy:
        return ScriptedProxy()

    def test_it_refuses_what_the_test_wants_refused(self, address: str) -> None:
        proxy = ScriptedProxy()
        proxy.refusals["default/web"] = "no"
        wanted = rule(address)
        assert [(problem.service, problem.message) for problem in proxy.apply([wanted])] == [(wanted, "no")]

    def test_it_says_what_it_waited_for_in_vain(self) -> None:
        with pytest.raises(TimeoutError, match="default/web"):
            ScriptedProxy().wait_for("default/web", timeout=0)
