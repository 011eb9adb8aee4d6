"""Makes a large set of boxes, and scores it with pycocotools: the peer of `score_predictions`.

    pip install pycocotools==2.0.11 numpy==2.4.6
    python pycocotools_boxes.py make PICTURES TABLE.csv
    python pycocotools_boxes.py score TABLE.csv

Every picture has four true boxes on average and ten predictions, of three types. What is timed are COCOeval's
evaluate() and accumulate(), in CPU seconds; reading is not.
"""

import contextlib
import csv
import io
import json
import sys
import time

import numpy as np


def make(pictures, path):
    random = np.random.default_rng(3)
    with open(path, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "boxes", "predicted_boxes"])
        for number in range(pictures):
            truth, predicted = [], []
            for _ in range(random.poisson(4)):
                corner, side = random.uniform(0, 500, 2), 10 * 20 ** random.random(2)
                kind = f"type {random.integers(3)}"
                truth.append({"box": np.round([*corner, *side], 2).tolist(), "type": kind})
                moved = np.round([*(corner + random.normal(0, 0.1, 2) * side), *side], 2).tolist()
                score = round(float(random.beta(3, 2)), 4)
                predicted.append({"box": moved, "type": kind, "score": score})
            while len(predicted) < 10:
                corner, side = random.uniform(0, 500, 2), 10 * 20 ** random.random(2)
                box, score = np.round([*corner, *side], 2).tolist(), round(float(random.beta(2, 3)), 4)
                predicted.append({"box": box, "type": f"type {random.integers(3)}", "score": score})
            table.writerow([f"{number}.png", json.dumps(truth), json.dumps(predicted)])


def score(path):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    csv.field_size_limit(1 << 30)
    kinds = {f"type {number}": number for number in range(3)}
    coco = {"images": [], "annotations": [], "categories": [{"id": kind} for kind in kinds.values()]}
    results = []
    with open(path, newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            coco["images"].append({"id": number})
            for box in json.loads(row["boxes"]):
                one = {"id": len(coco["annotations"]) + 1, "image_id": number, "iscrowd": 0}
                one |= {"category_id": kinds[box["type"]], "bbox": box["box"]}
                coco["annotations"].append(one | {"area": box["box"][2] * box["box"][3]})
            for box in json.loads(row["predicted_boxes"]):
                one = {"image_id": number, "category_id": kinds[box["type"]], "score": box["score"]}
                results.append(one | {"bbox": box["box"]})
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = coco
        truth.createIndex()
        run = COCOeval(truth, truth.loadRes(results), "bbox")
        start = time.process_time()
        run.evaluate()
        run.accumulate()
        seconds = time.process_time() - start
        run.summarize()
    print(f"{len(results)} predictions, {len(coco['annotations'])} true boxes")
    print(f"evaluate and accumulate {seconds:.1f} CPU s; AP {run.stats[0]}, AP50 {run.stats[1]}, AR1 {run.stats[6]}")


if sys.argv[1] == "make":
    make(int(sys.argv[2]), sys.argv[3])
else:
    score(sys.argv[2])
