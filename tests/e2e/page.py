"""A headless Chromium on the page of a gateway."""
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

SECONDS = 60
STORY = ("Maria Lopez, the mayor of Springfield, opened a bridge over the Clear River on Monday. "
         "It cost 41 million dollars and took four years to build.")


HEED = """
const [node] = arguments;
window.heard = [];
new MutationObserver(() => window.heard.push(node.textContent)).observe(node, { childList: true });
"""


class Page:
    """A browser on one gateway; close() fails if the page broke its own policy or threw."""

    def __init__(self, gate, width=1400, height=1000, dark=False, driver=None, scale=1):
        self.gate = gate
        self.is_shared = driver is not None
        self.driver = driver or self.start(width, height, dark, scale)

    @staticmethod
    def start(width=1400, height=1000, dark=False, scale=1):
        options = webdriver.ChromeOptions()
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     f"--window-size={width},{height}"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600})
        if dark:
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
        return driver

    def open(self, view="try"):
        self.driver.get(f"http://127.0.0.1:{self.gate.port}/#{view}")
        return self

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def run(self, script, *values):
        return self.driver.execute_script(script, *values)

    def heed(self, node):
        """What it says from now on is in heard(): it may be gone from the page before a test looks."""
        self.run(HEED, node)

    def heard(self):
        return self.run("return window.heard")

    def until(self, condition, what):
        WebDriverWait(self.driver, SECONDS, poll_frequency=0.1).until(lambda _: condition(), what)

    def text(self, selector):
        return self.one(selector).text

    def try_text(self, text, kind="text"):
        self.run("document.getElementById('source').value = arguments[0];"
                 "document.getElementById('try-form').elements.kind.value = arguments[1];", text, kind)
        self.one("#try-form button[type=submit]").click()

    def until_read(self):
        self.until(lambda: self.one("#outcome").is_displayed(), "the article is shown")

    def close(self):
        said = [it for it in self.driver.get_log("browser") if it["level"] in ("SEVERE", "WARNING")]
        if not self.is_shared:
            self.driver.quit()
        told = [it["message"] for it in said if "status of" not in it["message"]]
        assert told == [], told
