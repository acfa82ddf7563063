"""模拟省份：虚构的报送文件，连同它们所依据的真值 / a fictional province in submission files, together with the truth they were made from."""
