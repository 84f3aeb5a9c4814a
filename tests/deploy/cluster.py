"""The manifests of docker/kubernetes/ as a kubelet would run them, on the Docker engine: each pod is a
container with its user, environment, secrets, volumes and bounds. What the engine has no word for,
such as NetworkPolicy, is left out."""
import functools
import glob
import os
import shutil
import urllib.error
import urllib.request

import yaml

from deploy.stack import ROOT, answers, call

LOCKED = {"readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False,
          "capabilities": {"drop": ["ALL"]}}
WORKLOADS = ("Deployment", "StatefulSet")


@functools.cache
def manifests():
    """Every document, with the file that it stands in."""
    found = []
    for path in sorted(glob.glob(f"{ROOT}/docker/kubernetes/*.yaml")):
        with open(path, encoding="utf-8") as file:
            found += [(os.path.basename(path), document) for document in yaml.safe_load_all(file)]
    return found


def of_kind(*kinds):
    return [document for _, document in manifests() if document["kind"] in kinds]


class Cluster:
    """secrets: a folder with a folder of files for each secret. Needs root, as a kubelet does."""

    def __init__(self, name, image, folder, secrets):
        self.name, self.image, self.folder, self.secrets = name, image, folder, secrets
        self.config = {document["metadata"]["name"]: document["data"]
                       for document in of_kind("ConfigMap")}

    def up(self):
        call("docker", "network", "create", self.name)
        for workload in of_kind(*WORKLOADS):
            self.start(workload)

    def down(self):
        for workload in of_kind(*WORKLOADS):
            call("docker", "rm", "-f", "-v", self.container(workload), may_fail=True)
        call("docker", "network", "rm", self.name, may_fail=True)

    def container(self, workload):
        return f"{self.name}-{workload['metadata']['name']}"

    def start(self, workload):
        spec = workload["spec"]["template"]["spec"]
        container, = spec["containers"]
        assert container["securityContext"] == LOCKED and "initContainers" not in spec
        user = spec["securityContext"]
        call("docker", "run", "-d", "--name", self.container(workload), "--network", self.name,
             *self.aliases(workload), "--publish", "127.0.0.1::8080", "--init", "--read-only",
             "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
             "--user", f"{user['runAsUser']}:{user['runAsGroup']}",
             "--group-add", str(user["fsGroup"]),
             "--memory", container["resources"]["limits"]["memory"].replace("Gi", "g"),
             *self.environment(container), *self.mounts(workload, container, user["fsGroup"]),
             self.image, *container["command"])

    def aliases(self, workload):
        """The names of the services that select the pod."""
        labels = workload["spec"]["template"]["metadata"]["labels"].items()
        for service in of_kind("Service"):
            if service["spec"]["selector"].items() <= labels:
                yield from ("--network-alias", service["metadata"]["name"])

    def environment(self, container):
        found = {}
        for source in container.get("envFrom", []):
            found.update(self.config[source["configMapRef"]["name"]])
        found.update((each["name"], each["value"]) for each in container.get("env", []))
        return [word for name, value in found.items() for word in ("--env", f"{name}={value}")]

    def mounts(self, workload, container, group):
        spec = workload["spec"]
        volumes = {each["name"]: each for each in spec["template"]["spec"]["volumes"]}
        claims = {each["metadata"]["name"] for each in spec.get("volumeClaimTemplates", [])}
        for mount in container["volumeMounts"]:
            name, path = mount["name"], mount["mountPath"]
            place = f"{self.folder}/{workload['metadata']['name']}-{name}"
            if name in claims:
                os.mkdir(place)
                os.chown(place, 0, group)
                os.chmod(place, 0o2775)
                yield from ("--volume", f"{place}:{path}")
            elif "secret" in volumes[name]:
                self.lay_secret(volumes[name]["secret"], place, group)
                yield from ("--volume", f"{place}:{path}:ro")
            else:
                yield from ("--tmpfs", f"{path}:mode=1777")

    def lay_secret(self, secret, place, group):
        """Files of root's that the group may read, behind links that an update turns at once."""
        os.makedirs(f"{place}/..1")
        os.symlink("..1", f"{place}/..data")
        for source in sorted(glob.glob(f"{self.secrets}/{secret['secretName']}/*")):
            file = os.path.basename(source)
            shutil.copyfile(source, f"{place}/..1/{file}")
            os.chown(f"{place}/..1/{file}", 0, group)
            os.chmod(f"{place}/..1/{file}", secret["defaultMode"] | 0o440)
            os.symlink(f"..data/{file}", f"{place}/{file}")

    def url(self, name):
        port = call("docker", "port", f"{self.name}-{name}", "8080").split()[0]
        return f"http://{port}"

    def probes_pass(self):
        """Every readiness and liveness probe, asked once."""
        return all(self.passes(workload, container[kind])
                   for workload in of_kind(*WORKLOADS)
                   for container in workload["spec"]["template"]["spec"]["containers"]
                   for kind in ("readinessProbe", "livenessProbe") if kind in container)

    def passes(self, workload, probe):
        name = self.container(workload)
        if "exec" in probe:
            return answers("docker", "exec", name, *probe["exec"]["command"])
        return self.ask(workload["metadata"]["name"], probe["httpGet"]["path"])[0] == 200

    def ask(self, name, path, data=None, **headers):
        """The status of a request, 0: nobody answered, and the answer, if it is one."""
        request = urllib.request.Request(self.url(name) + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, b""
        except OSError:
            return 0, b""

    def logs(self):
        return "\n".join(call("docker", "logs", self.container(workload), may_fail=True)
                         for workload in of_kind(*WORKLOADS))
