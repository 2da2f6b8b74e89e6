"""The web page in a real browser: Chromium, headless, driven by its own driver."""

import os
import shutil
import socket
import threading
import time
from base64 import b64decode
from pathlib import Path

import cv2
import numpy as np
import pytest
import uvicorn
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

import brainscan as bs

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="no Chromium and chromedriver on the PATH"
    ),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOSTILE = "<img src=x onerror=\"document.title='hacked'\">.png"
BUNDLE = Path(__file__).parents[1] / "data" / "bundle-format-1.brainscan"
WAIT_S = 60


@pytest.fixture(scope="module")
def address():
    """Serve the page on a free port, with a small network that outlines too."""
    limits = bs.app.Limits(slices=12, file_mib=16)
    config = uvicorn.Config(
        bs.app.make_app(bs.predict.Predictor.load(BUNDLE), limits),
        log_level="error",
        lifespan="off",
    )
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=DRIVER)
    driver = webdriver.Chrome(options=options, service=service)
    driver.downloads = tmp_path_factory.mktemp("downloads")
    driver.execute_cdp_cmd(
        "Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(driver.downloads)}
    )
    yield driver
    driver.quit()


@pytest.fixture
def page(browser, address):
    resize(browser, 1280, 900)
    browser.get(address)
    until(browser, lambda: find(browser, "#limits").text)
    browser.get_log("browser")
    yield browser
    # What the policy refuses, and what fails in a script, is written to the console.
    severe = [entry["message"] for entry in browser.get_log("browser") if "SEVERE" in str(entry)]
    assert [message for message in severe if "/answer" not in message] == []


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Slices of the phantom as files, one of them broken, one with markup for a name."""
    folder = tmp_path_factory.mktemp("files")
    for number, image in enumerate(bs.datasets.load("phantom", n=10)):
        cv2.imwrite(str(folder / f"slice-{number}.png"), image)
    content = (folder / "slice-0.png").read_bytes()
    (folder / HOSTILE).write_bytes(content)
    (folder / "broken.png").write_bytes(content[: len(content) // 2])
    return folder


def find(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector)


def every(browser, selector):
    return browser.find_elements(By.CSS_SELECTOR, selector)


def until(browser, true):
    return WebDriverWait(browser, WAIT_S).until(lambda _: true())


def drop(browser, *paths):
    find(browser, "#files").send_keys("\n".join(map(str, paths)))
    until(browser, lambda: len(every(browser, ".result.ended")) == len(paths))


def pixels(browser):
    script = (
        "const c = document.querySelector('canvas');"
        "return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    )
    return np.array(browser.execute_script(script))


def resize(browser, width, height, dark=False):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def picture(browser, name):
    """Keep a screenshot where somebody asked to look at them."""
    folder = os.environ.get("BRAINSCAN_SCREENSHOTS")
    if folder:
        size = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        shot = browser.execute_cdp_cmd(
            "Page.captureScreenshot",
            {
                "captureBeyondViewport": True,
                "clip": {
                    "x": 0,
                    "y": 0,
                    "width": size["width"],
                    "height": size["height"],
                    "scale": 1,
                },
            },
        )
        Path(folder, f"{name}.png").write_bytes(b64decode(shot["data"]))


def test_a_slice_is_answered_and_the_report_can_be_kept(page, files):
    drop(page, files / "slice-1.png")
    assert find(page, ".name").text == "slice-1.png"
    said = ("The network says: no", "The network says: yes", "Can't tell")
    assert find(page, ".verdict").text in said
    assert "%" in find(page, ".figures").text
    assert "no diagnosis" in find(page, ".result .small").text
    before = pixels(page)
    assert before.reshape(-1, 4)[:, :3].max() > 100
    find(page, ".opacity").send_keys(Keys.END)
    assert find(page, ".percent").text == "100%"
    assert (pixels(page) != before).any()
    find(page, ".report").click()
    report = page.downloads / "slice-1.png-report.html"
    until(page, report.is_file)
    text = report.read_text(encoding="utf-8")
    assert "Research use only" in text
    assert "data:image/png;base64," in text
    assert "<script" not in text


def test_markup_in_a_name_is_text(page, files):
    drop(page, files / HOSTILE)
    assert find(page, ".name").text == HOSTILE
    find(page, ".report").click()
    until(page, lambda: [*page.downloads.glob("*onerror*.html")])
    (report,) = page.downloads.glob("*onerror*.html")
    until(page, lambda: report.read_text(encoding="utf-8").endswith("</html>\n"))
    page.get(f"file://{report}")
    assert HOSTILE in find(page, "h1").text
    assert page.title == f"Report on {HOSTILE}"
    assert all(image.get_attribute("src").startswith("data:") for image in every(page, "img"))


def test_a_broken_file_says_why(page, files):
    drop(page, files / "broken.png")
    assert "must be a whole image file" in find(page, ".status.failed").text
    assert not find(page, ".body").is_displayed()


def test_ten_at_once(page, files):
    drop(page, *(files / f"slice-{number}.png" for number in range(10)))
    names = [element.text for element in every(page, ".name")]
    assert names == [f"slice-{number}.png" for number in range(10)]
    assert all(element.text for element in every(page, ".verdict"))


def test_more_than_one_drop_may_hold_are_cut_to_it(page, files):
    paths = [files / f"slice-{number % 10}.png" for number in range(21)]
    find(page, "#files").send_keys("\n".join(map(str, paths)))
    assert "21 files are more than 20" in find(page, "#notice").text
    until(page, lambda: len(every(page, ".result.ended")) == 20)


def test_a_volume_is_leafed_through_with_the_keyboard(page, volumes):
    drop(page, volumes / "multiframe.dcm")
    slider = find(page, ".slice")
    assert slider.is_displayed()
    slider.send_keys(Keys.HOME)
    assert find(page, ".number").text == "1 of 10"
    first = pixels(page)
    slider.send_keys(Keys.RIGHT, Keys.RIGHT)
    assert find(page, ".number").text == "3 of 10"
    until(page, lambda: (pixels(page) != first).any())
    assert len(every(page, ".bars span")) == 10


def test_real_files(page, volumes, kaggle253):
    drop(page, next((kaggle253 / "yes").iterdir()), next((volumes / "dicom_series").glob("*.dcm")))
    assert [bool(element.text) for element in every(page, ".verdict")] == [True, True]


def test_the_keyboard_reaches_everything(page, files):
    drop(page, files / "slice-1.png")
    page.execute_script("document.activeElement.blur(); scrollTo(0, 0)")
    reached = []
    for _ in range(12):
        ActionChains(page).send_keys(Keys.TAB).perform()
        active = page.switch_to.active_element
        reached.append(
            active.get_attribute("id") or active.get_attribute("class") or active.tag_name
        )
    for name in ("files", "report", "remove", "opacity", "show-crop", "show-mask", "summary"):
        assert name in reached
    unnamed = page.execute_script(
        "return [...document.querySelectorAll('input, button, canvas, summary')].filter("
        "e => e.offsetParent && !(e.labels?.length || e.getAttribute('aria-label')"
        " || e.textContent.trim())).map(e => e.outerHTML)"
    )
    assert unnamed == []
    find(page, ".remove").send_keys(Keys.ENTER)
    assert every(page, ".result") == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_it_fits_and_can_be_read(page, files, width, dark):
    resize(page, width, 900 if width > 600 else 740, dark)
    drop(page, files / "broken.png", files / "slice-1.png")
    find(page, "summary").click()
    time.sleep(0.2)
    picture(page, f"{'dark' if dark else 'light'}-{width}")
    wide = page.execute_script("return document.documentElement.scrollWidth")
    assert wide <= width
    ground = page.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, ground[4:-1].split(","))) < 100) is dark
