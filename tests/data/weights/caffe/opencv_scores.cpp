// Writes the scores that OpenCV computes with a model of Caffe for the image of make_torch.py's formula. Made with OpenCV 4.6.0, which reads the model with its own code:
//   g++ -O2 -I/usr/include/opencv4 opencv_scores.cpp -lopencv_dnn -lopencv_core -o /tmp/opencv_scores && /tmp/opencv_scores small.prototxt small.caffemodel > small.txt
#include <opencv2/dnn.hpp>
#include <cstdio>

int main(int argc, char** argv)
{
    if (argc != 3) return 2;
    cv::dnn::Net net = cv::dnn::readNetFromCaffe(argv[1], argv[2]);
    net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    const int sizes[] = {1, 3, 99, 131};
    cv::Mat image(4, sizes, CV_32F);
    for (long i = 0; i < 3L * 99 * 131; i++) image.ptr<float>()[i] = (float)(i * 7919 % 1009 / 504.0 - 1);
    net.setInput(image);
    cv::Mat scores = net.forward("fc8");
    for (size_t i = 0; i < scores.total(); i++) std::printf("%.9g\n", scores.ptr<float>()[i]);
}
