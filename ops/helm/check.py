"""Renders the chart with Helm's own engine and validates what comes out. Run by check.sh."""

import itertools
import sys
from pathlib import Path

import helm_python as helm
import kubernetes_validate
import yaml

CHART = Path(__file__).parent / "laqun"
NEEDED = {
    "publicUrl": "https://laqun.example.com",
    "database": {"existingSecret": "laqun-database"},
    "masterKey": {"existingSecret": "laqun-key"},
}
EVERYTHING = NEEDED | {
    "ingress": {"enabled": True, "className": "nginx", "annotations": {"a": "b"}, "tlsSecret": "tls"},
    "metrics": {"serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}}},
    "networkPolicy": {
        "enabled": True,
        "metricsFrom": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
    },
    "settings": {"LAQUN_GATEWAY_CLOCK_SKEW": "600"},
    "trustedProxies": ["10.0.0.0/8", "fd00::/8"],
    "imagePullSecrets": [{"name": "pull"}],
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "k", "operator": "Exists"}],
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    ],
    "affinity": {"nodeAffinity": {}},
    "podAnnotations": {"a": "1"},
    "podLabels": {"team": "support"},
    "priorityClassName": "high",
    "service": {"type": "NodePort", "annotations": {"a": "b"}},
    "serviceAccount": {"create": False, "name": "other"},
    "drainDelay": 2.5,
    "strategy": {"type": "RollingUpdate"},
}
SPARE = NEEDED | {
    "podDisruptionBudget": {"enabled": False},
    "networkPolicy": {"enabled": False},
    "replicas": 1,
}
OPEN = SPARE | {"metrics": {"open": True}}


def rendered(values, name):
    with helm.Chart.load(CHART) as chart:
        chart.validate_schema(values)
        for path, text in chart.render(values, name=name, namespace="support").items():
            if path.endswith(".yaml"):
                yield from (document for document in yaml.safe_load_all(text) if document)


def refused(values, why):
    try:
        list(rendered(values, "laqun"))
    except helm.HelmError as error:
        if why in str(error):
            return
        sys.exit(f"{values} is refused, but not because of {why}: {error}")
    sys.exit(f"{values} is not refused")


report = helm.lint(CHART, NEEDED, strict=True)
worse = [message for message in report["messages"] if message["severity"] > 1]
if report["errors"] or worse:
    sys.exit(f"lint: {report}")

count = 0
versions = ("1.25", "1.30", "1.35")
for values, name in itertools.product((NEEDED, EVERYTHING, SPARE, OPEN), ("laqun", "desk")):
    documents = list(rendered(values, name))
    kinds = sorted(document["kind"] for document in documents)
    for document in documents:
        # The schema of this one comes with Prometheus' operator, not with Kubernetes.
        if document["kind"] != "ServiceMonitor":
            for version in versions:
                kubernetes_validate.validate(document, version, strict=True)
        count += 1
    by_kind = {}
    for document in documents:
        by_kind.setdefault(document["kind"], []).append(document)
    pod = by_kind["Deployment"][0]["spec"]["template"]
    labels = pod["metadata"]["labels"]
    for service in by_kind["Service"]:
        assert service["spec"]["selector"].items() <= labels.items(), "a Service that finds no pod"
        names = {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
        assert all(port["targetPort"] in names for port in service["spec"]["ports"])
        public = service["spec"].get("clusterIP") != "None"
        assert not (public and any(port["targetPort"] == "metrics" for port in service["spec"]["ports"])), (
            "metrics on a public Service"
        )
    assert by_kind["Deployment"][0]["spec"]["selector"]["matchLabels"].items() <= labels.items()
    # Old servers end before the first new one starts, unless somebody says otherwise.
    strategy = by_kind["Deployment"][0]["spec"]["strategy"]
    if "strategy" in values:
        assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}, strategy
    else:
        assert strategy == {"type": "Recreate"}, strategy
    # The port without a password: on loopback, unless opened; and then only for who is named, unless no policy is wanted.
    metrics = values.get("metrics", {})
    is_open = metrics.get("open", False) or metrics.get("serviceMonitor", {}).get("enabled", False)
    container = pod["spec"]["containers"][0]
    environment = {variable["name"]: variable.get("value") for variable in container["env"]}
    assert environment["LAQUN_OPS_LISTEN"] == ("0.0.0.0:7701" if is_open else "127.0.0.1:7701")
    assert ("metrics" in {port["name"] for port in container["ports"]}) == is_open
    policies = by_kind.get("NetworkPolicy", [])
    assert len(policies) == values.get("networkPolicy", {}).get("enabled", True)
    for policy in policies:
        assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
        named = [rule for rule in policy["spec"]["ingress"] if {"port": "metrics"} in rule["ports"]]
        assert len(named) == is_open and all(rule["from"] for rule in named), "metrics for everybody"
        assert len(policy["spec"]["ingress"]) == 1 + is_open
    # The alerts ask for this job.
    monitors = by_kind.get("ServiceMonitor", [])
    assert len(monitors) == metrics.get("serviceMonitor", {}).get("enabled", False)
    for monitor in monitors:
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        found = [s["metadata"]["labels"] for s in by_kind["Service"] if wanted <= s["metadata"]["labels"].items()]
        assert [its[monitor["spec"]["jobLabel"]] for its in found] == ["laqun"], found
    for ingress in by_kind.get("Ingress", []):
        rule = ingress["spec"]["rules"][0]
        backend = rule["http"]["paths"][0]["backend"]["service"]
        assert rule["host"] == "laqun.example.com"
        assert backend["name"] in [service["metadata"]["name"] for service in by_kind["Service"]]
    grace = pod["spec"]["terminationGracePeriodSeconds"]
    assert grace > values.get("drainDelay", 5) + values.get("drainSeconds", 20), grace
    print(f"{name}: {', '.join(kinds)}")

refused({}, "publicUrl")
refused({"publicUrl": "https://x"}, "existingSecret")
refused(NEEDED | {"publicUrl": "x"}, "publicUrl")
refused(NEEDED | {"replicas": 0}, "replicas")
refused(NEEDED | {"replica": 2}, "replica")
refused(NEEDED | {"strategy": {"type": "Rolling"}}, "strategy")
refused(NEEDED | {"metrics": {"open": True}}, "networkPolicy.metricsFrom")
refused(NEEDED | {"metrics": {"serviceMonitor": {"enabled": True}}}, "networkPolicy.metricsFrom")
refused(NEEDED | {"settings": {"clock_skew": "1"}}, "clock_skew")
print(f"Helm {helm.helm_sdk_version()}: {count} documents, valid for Kubernetes {', '.join(versions)}; mistakes are refused")
